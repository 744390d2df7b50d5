import { graphiteFunction } from "../function.ts";
import { node, repeated, required, seriesList } from "../parameters.ts";
import { combineWithoutNodes } from "./aggregateWithWildcards.ts";

export const multiplySeriesWithWildcards = graphiteFunction({
  name: "multiplySeriesWithWildcards",
  group: "Combine",
  description: `Multiplies the series whose names differ only in the chosen nodes; each result is named by the others.

    multiplySeriesWithWildcards(connect.prod.*.cpu.*,2)`,
  aggregator: true,
  parameters: { seriesList: required(seriesList), position: repeated(node, { atLeast: 0 }) },
  evaluate: ({ seriesList, position }, { scope }) =>
    combineWithoutNodes(seriesList, "multiply", position, scope.xFilesFactor),
});
