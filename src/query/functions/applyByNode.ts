import { graphiteFunction } from "../function.ts";
import { node, optional, required, seriesList, string } from "../parameters.ts";
import type { TimeSeries } from "../series.ts";

export const applyByNode = graphiteFunction({
  name: "applyByNode",
  group: "Combine",
  description: `Evaluates a target once for each beginning that the names have up to and with node \`nodeNum\`, with the beginning in place of every %; in \`newName\`, too, if that is given.

    applyByNode(connect.prod.*.disk.used,2,"divideSeries(%.disk.used,%.disk.total)","%.disk.share")`,
  parameters: {
    seriesList: required(seriesList),
    nodeNum: required(node),
    templateFunction: required(string),
    newName: optional(string),
  },
  async evaluate({ seriesList, nodeNum, templateFunction, newName }, call) {
    const last = seriesList.at(-1);
    if (last === undefined) return [];
    const prefixes = seriesList.map(({ name }) =>
      name
        .split(".")
        .slice(0, nodeNum + 1)
        .join("."),
    );
    const results: TimeSeries[] = [];
    for (const prefix of [...new Set(prefixes)].sort()) {
      for (const series of await call.evaluateTarget(templateFunction.replaceAll("%", () => prefix))) {
        results.push({
          ...series,
          name: newName ? newName.replaceAll("%", () => prefix) : series.name,
          pathExpression: prefix,
          startSeconds: last.startSeconds,
          endSeconds: last.endSeconds,
        });
      }
    }
    return results;
  },
});
