import { graphiteFunction } from "../function.ts";
import { aggregationName, integer, required, seriesList, withDefault } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const highest = graphiteFunction({
  name: "highest",
  group: "Filter Series",
  description: `The \`n\` series for which an aggregation of all values is greatest, the greatest first.

    highest(connect.prod.*.cpu,3,"max")`,
  parameters: {
    seriesList: required(seriesList),
    n: required(integer),
    func: withDefault(aggregationName, "average"),
  },
  evaluate: ({ seriesList, n, func }) => sortByValue(seriesList, func, true).slice(0, n),
});
