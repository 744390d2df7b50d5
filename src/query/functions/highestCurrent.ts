import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const highestCurrent = graphiteFunction({
  name: "highestCurrent",
  group: "Filter Series",
  description: `The \`n\` series with the greatest last values, the greatest first.

    highestCurrent(connect.prod.*.cpu,3)`,
  parameters: { seriesList: required(seriesList), n: required(integer) },
  evaluate: ({ seriesList, n }) => sortByValue(seriesList, "last", true).slice(0, n),
});
