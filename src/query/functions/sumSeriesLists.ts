import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { combinePairs } from "./aggregateSeriesLists.ts";

export const sumSeriesLists = graphiteFunction({
  name: "sumSeriesLists",
  group: "Combine",
  description: `Adds up two lists of the same length pair by pair.

    sumSeriesLists(connect.prod.*.requests.ok,connect.prod.*.requests.failed)`,
  aggregator: true,
  parameters: { seriesListFirstPos: required(seriesList), seriesListSecondPos: required(seriesList) },
  evaluate: ({ seriesListFirstPos, seriesListSecondPos }, call) =>
    combinePairs(call, seriesListFirstPos, seriesListSecondPos, "sum"),
});
