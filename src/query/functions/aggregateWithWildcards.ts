import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { groupSeries } from "../naming.ts";
import { node, repeated, required, seriesList } from "../parameters.ts";
import type { SeriesList } from "../series.ts";
import { combiningName } from "./aggregate.ts";

export const aggregateWithWildcards = graphiteFunction({
  name: "aggregateWithWildcards",
  group: "Combine",
  description: `Combines, by an aggregation, the series whose names differ only in the chosen nodes; each result is named by the others.

    aggregateWithWildcards(connect.prod.*.cpu.*,"sum",2)`,
  parameters: {
    seriesList: required(seriesList),
    func: required(combiningName),
    position: repeated(node, { atLeast: 0 }),
  },
  evaluate: ({ seriesList, func, position }, { scope }) =>
    combineWithoutNodes(seriesList, func, position, scope.xFilesFactor),
});

export function combineWithoutNodes(
  list: SeriesList,
  aggregation: string,
  positions: readonly number[],
  xFilesFactor: number,
): SeriesList {
  const groups = groupSeries(list, ({ name }) =>
    name
      .split(".")
      .filter((_, position) => !positions.includes(position))
      .join("."),
  );
  return [...groups].flatMap(([name, group]) =>
    combineSeries(group, aggregation, xFilesFactor).map((combined) => ({ ...combined, name })),
  );
}
