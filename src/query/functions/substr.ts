import { graphiteFunction } from "../function.ts";
import { node, required, seriesList, withDefault } from "../parameters.ts";

export const substr = graphiteFunction({
  name: "substr",
  group: "Special",
  description: `Names each series by the nodes of its path from \`start\` up to, but without, \`stop\`; 0 for \`stop\` is the end. Both may count from the end. Functions around the path are dropped.

    substr(connect.prod.n1.cpu.user,2,4)`,
  parameters: { seriesList: required(seriesList), start: withDefault(node, 0), stop: withDefault(node, 0) },
  evaluate: ({ seriesList, start, stop }) =>
    seriesList.map((series) => ({ ...series, name: nameNodes(series.name, start, stop) })),
});

/** What stands between the innermost opening and the first closing parenthesis, up to a comma. */
export function nameNodes(name: string, start: number, stop: number): string {
  const close = name.indexOf(")");
  const inner = name.slice(name.lastIndexOf("(") + 1, close < 0 ? undefined : close);
  const nodes = inner.split(".").slice(start, stop === 0 ? undefined : stop);
  return nodes.join(".").replace(/,.*$/, "");
}
