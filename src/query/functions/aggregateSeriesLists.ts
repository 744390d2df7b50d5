import { combineSeries } from "../combine.ts";
import { type Call, graphiteFunction } from "../function.ts";
import { float, optional, required, seriesList } from "../parameters.ts";
import type { SeriesList, TimeSeries } from "../series.ts";
import { combiningName } from "./aggregate.ts";

export const aggregateSeriesLists = graphiteFunction({
  name: "aggregateSeriesLists",
  group: "Combine",
  description: `Combines two lists of the same length pair by pair, by an aggregation.

    aggregateSeriesLists(connect.prod.*.requests.ok,connect.prod.*.requests.failed,"sum")`,
  parameters: {
    seriesListFirstPos: required(seriesList),
    seriesListSecondPos: required(seriesList),
    func: required(combiningName),
    xFilesFactor: optional(float),
  },
  evaluate: ({ seriesListFirstPos, seriesListSecondPos, func, xFilesFactor }, call) =>
    combinePairs(call, seriesListFirstPos, seriesListSecondPos, func, xFilesFactor),
});

export function combinePairs(
  call: Call,
  firsts: SeriesList,
  seconds: SeriesList,
  aggregation: string,
  xFilesFactor = call.scope.xFilesFactor,
): TimeSeries[] {
  return pairUp(call, firsts, seconds).flatMap(([first, second]) =>
    combineSeries([first, second], aggregation, xFilesFactor).map((combined) => ({
      ...combined,
      name: `${aggregation}Series(${first.name},${second.name})`,
    })),
  );
}

export function pairUp(call: Call, firsts: SeriesList, seconds: SeriesList): [TimeSeries, TimeSeries][] {
  if (firsts.length !== seconds.length) {
    throw call.error(`needs two lists of the same length, and is given ${firsts.length} and ${seconds.length} series`);
  }
  return firsts.map((first, i) => [first, seconds[i]!]);
}
