import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { countKnown } from "../consolidation.ts";
import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";
import { sortKeyed } from "../selection.ts";

export const mostDeviant = graphiteFunction({
  name: "mostDeviant",
  group: "Filter Series",
  description: `The \`n\` series that vary most (by the variance of their values), the most varying first.

    mostDeviant(connect.prod.*.cpu,3)`,
  parameters: { seriesList: required(seriesList), n: required(integer) },
  evaluate({ seriesList, n }) {
    const keyed = seriesList
      .map((series) => ({ series, key: variance(series.values) }))
      .filter(({ key }) => !Number.isNaN(key));
    return sortKeyed(keyed, true).slice(0, n);
  },
});

function variance(values: Float64Array): number {
  const mean = aggregateAll(aggregationOf("average"), values);
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) * (value - mean);
  return squares / countKnown(values);
}
