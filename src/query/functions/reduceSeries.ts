import { graphiteFunction } from "../function.ts";
import { node, repeated, required, seriesLists, string } from "../parameters.ts";
import type { TimeSeries } from "../series.ts";

export const reduceSeries = graphiteFunction({
  name: "reduceSeries",
  aliases: ["reduce"],
  group: "Combine",
  description: `Calls a function once for each list that mapSeries has made, with those series as its arguments whose node \`reduceNode\` is one of the names, in the order of the names. The result is named by the nodes before that one, \`reduce\` and the function.

    reduceSeries(mapSeries(connect.prod.*.disk.*,2),"asPercent",4,"used","total")`,
  parameters: {
    seriesLists: required(seriesLists),
    reduceFunction: required(string),
    reduceNode: required(node),
    reduceMatchers: repeated(string),
  },
  async evaluate({ seriesLists, reduceFunction, reduceNode, reduceMatchers }, call) {
    const groups = new Map<string, (TimeSeries | undefined)[]>();
    for (const series of seriesLists.flat()) {
      const nodes = series.name.split(".");
      const position = reduceMatchers.indexOf(nodes.at(reduceNode) ?? "");
      if (position < 0) continue;
      const name = `${nodes.slice(0, reduceNode).join(".")}.reduce.${reduceFunction}`;
      const group = groups.get(name) ?? reduceMatchers.map(() => undefined);
      group[position] = series;
      groups.set(name, group);
    }
    const results: TimeSeries[] = [];
    for (const [name, group] of groups) {
      const lists = group.map((series) => (series === undefined ? [] : [series]));
      const [reduced] = await call.apply(reduceFunction, lists);
      if (reduced !== undefined) results.push({ ...reduced, name });
    }
    return results;
  },
});
