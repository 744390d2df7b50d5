import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const sortByTotal = graphiteFunction({
  name: "sortByTotal",
  group: "Sorting",
  description: `The series by the sum of their values, the greatest first.

    sortByTotal(connect.prod.*.requests)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) => sortByValue(seriesList, "sum", true),
});
