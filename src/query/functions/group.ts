import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const group = graphiteFunction({
  name: "group",
  group: "Combine",
  description: `All series of all arguments, in order: for functions that take only one list.

    group(connect.prod.n1.cpu,connect.test.n1.cpu)|aliasByNode(1)`,
  parameters: { seriesLists: repeated(seriesList, { atLeast: 0 }) },
  evaluate: ({ seriesLists }) => seriesLists.flat(),
});
