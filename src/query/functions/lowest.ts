import { graphiteFunction } from "../function.ts";
import { aggregationName, integer, required, seriesList, withDefault } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const lowest = graphiteFunction({
  name: "lowest",
  group: "Filter Series",
  description: `The \`n\` series for which an aggregation of all values is least, the least first; one without values comes before all.

    lowest(connect.prod.*.cpu,3,"max")`,
  parameters: {
    seriesList: required(seriesList),
    n: required(integer),
    func: withDefault(aggregationName, "average"),
  },
  evaluate: ({ seriesList, n, func }) => sortByValue(seriesList, func, false).slice(0, n),
});
