import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const sortByMaxima = graphiteFunction({
  name: "sortByMaxima",
  group: "Sorting",
  description: `The series by their greatest values, the greatest first.

    sortByMaxima(connect.prod.*.memory.used)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) => sortByValue(seriesList, "max", true),
});
