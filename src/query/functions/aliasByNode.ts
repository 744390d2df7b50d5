import { graphiteFunction } from "../function.ts";
import { groupKey } from "../naming.ts";
import { nodeOrTag, repeated, required, seriesList } from "../parameters.ts";

export const aliasByNode = graphiteFunction({
  name: "aliasByNode",
  group: "Alias",
  description: `Names each series by nodes of its path, counted from 0 (or from the end: -1), or by values of its tags. Of a name that functions have wrapped, the first path counts.

    aliasByNode(scale(connect.prod.*.cpu,100),2)`,
  parameters: { seriesList: required(seriesList), nodes: repeated(nodeOrTag) },
  evaluate: ({ seriesList, nodes }) => seriesList.map((series) => ({ ...series, name: groupKey(series, nodes) })),
});
