import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const highestMax = graphiteFunction({
  name: "highestMax",
  group: "Filter Series",
  description: `The \`n\` series with the greatest maxima, the greatest first.

    highestMax(connect.prod.*.cpu,3)`,
  parameters: { seriesList: required(seriesList), n: required(integer) },
  evaluate: ({ seriesList, n }) => sortByValue(seriesList, "max", true).slice(0, n),
});
