import { graphiteFunction } from "../function.ts";
import { aggregationName, boolean, required, seriesList, withDefault } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const sortBy = graphiteFunction({
  name: "sortBy",
  group: "Sorting",
  description: `The series by an aggregation of their values, the least first unless \`reverse\` is true.

    sortBy(connect.prod.*.cpu,"max",true)`,
  parameters: {
    seriesList: required(seriesList),
    func: withDefault(aggregationName, "average"),
    reverse: withDefault(boolean, false),
  },
  evaluate: ({ seriesList, func, reverse }) => sortByValue(seriesList, func, reverse),
});
