import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { combinePairs } from "./aggregateSeriesLists.ts";

export const diffSeriesLists = graphiteFunction({
  name: "diffSeriesLists",
  group: "Combine",
  description: `Subtracts the second of two lists of the same length from the first, pair by pair.

    diffSeriesLists(connect.prod.*.requests.ok,connect.prod.*.requests.failed)`,
  aggregator: true,
  parameters: { seriesListFirstPos: required(seriesList), seriesListSecondPos: required(seriesList) },
  evaluate: ({ seriesListFirstPos, seriesListSecondPos }, call) =>
    combinePairs(call, seriesListFirstPos, seriesListSecondPos, "diff"),
});
