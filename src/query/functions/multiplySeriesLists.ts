import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { combinePairs } from "./aggregateSeriesLists.ts";

export const multiplySeriesLists = graphiteFunction({
  name: "multiplySeriesLists",
  group: "Combine",
  description: `Multiplies two lists of the same length pair by pair.

    multiplySeriesLists(connect.prod.*.requests.ok,connect.prod.*.requests.failed)`,
  aggregator: true,
  parameters: { seriesListFirstPos: required(seriesList), seriesListSecondPos: required(seriesList) },
  evaluate: ({ seriesListFirstPos, seriesListSecondPos }, call) =>
    combinePairs(call, seriesListFirstPos, seriesListSecondPos, "multiply"),
});
