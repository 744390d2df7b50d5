import { graphiteFunction } from "../function.ts";
import { groupKey } from "../naming.ts";
import { nodeOrTag, repeated, required, seriesList } from "../parameters.ts";

export const aliasByTags = graphiteFunction({
  name: "aliasByTags",
  group: "Alias",
  description: `Names each series by values of its tags, or by nodes of its path; the same as aliasByNode.

    seriesByTag("name=disk.used")|aliasByTags("node","mount")`,
  parameters: { seriesList: required(seriesList), tags: repeated(nodeOrTag) },
  evaluate: ({ seriesList, tags }) => seriesList.map((series) => ({ ...series, name: groupKey(series, tags) })),
});
