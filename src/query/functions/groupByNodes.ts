import type { Call } from "../function.ts";
import { graphiteFunction } from "../function.ts";
import { groupKey, groupSeries } from "../naming.ts";
import { aggregationOrFunctionName, type NodeOrTag, nodeOrTag, repeated, required, seriesList } from "../parameters.ts";
import type { SeriesList, TimeSeries } from "../series.ts";

export const groupByNodes = graphiteFunction({
  name: "groupByNodes",
  group: "Combine",
  description: `Combines the series that have the chosen nodes or tags in common, by an aggregation or a combining function; each result is named by them.

    groupByNodes(connect.*.*.cpu.*,"sum",1,4)`,
  parameters: {
    seriesList: required(seriesList),
    callback: required(aggregationOrFunctionName),
    nodes: repeated(nodeOrTag, { atLeast: 0 }),
  },
  evaluate: ({ seriesList, callback, nodes }, call) => combineByNodes(call, seriesList, callback, nodes),
});

export async function combineByNodes(
  call: Call,
  list: SeriesList,
  callback: string,
  nodes: readonly NodeOrTag[],
): Promise<SeriesList> {
  const results: TimeSeries[] = [];
  for (const [key, group] of groupSeries(list, (series) => groupKey(series, nodes))) {
    results.push({ ...(await call.combine(callback, group)), name: key });
  }
  return results;
}
