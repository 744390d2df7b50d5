import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const highestAverage = graphiteFunction({
  name: "highestAverage",
  group: "Filter Series",
  description: `The \`n\` series with the greatest means, the greatest first.

    highestAverage(connect.prod.*.cpu,3)`,
  parameters: { seriesList: required(seriesList), n: required(integer) },
  evaluate: ({ seriesList, n }) => sortByValue(seriesList, "average", true).slice(0, n),
});
