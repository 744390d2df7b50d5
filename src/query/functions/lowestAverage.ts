import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const lowestAverage = graphiteFunction({
  name: "lowestAverage",
  group: "Filter Series",
  description: `The \`n\` series with the least means, the least first; one without values comes before all.

    lowestAverage(connect.prod.*.cpu,3)`,
  parameters: { seriesList: required(seriesList), n: required(integer) },
  evaluate: ({ seriesList, n }) => sortByValue(seriesList, "average", false).slice(0, n),
});
