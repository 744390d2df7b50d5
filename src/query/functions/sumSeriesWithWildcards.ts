import { graphiteFunction } from "../function.ts";
import { node, repeated, required, seriesList } from "../parameters.ts";
import { combineWithoutNodes } from "./aggregateWithWildcards.ts";

export const sumSeriesWithWildcards = graphiteFunction({
  name: "sumSeriesWithWildcards",
  group: "Combine",
  description: `Adds up the series whose names differ only in the chosen nodes; each result is named by the others.

    sumSeriesWithWildcards(connect.prod.*.cpu.*,2)`,
  aggregator: true,
  parameters: { seriesList: required(seriesList), position: repeated(node, { atLeast: 0 }) },
  evaluate: ({ seriesList, position }, { scope }) =>
    combineWithoutNodes(seriesList, "sum", position, scope.xFilesFactor),
});
