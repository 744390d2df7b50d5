import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const lowestCurrent = graphiteFunction({
  name: "lowestCurrent",
  group: "Filter Series",
  description: `The \`n\` series with the least last values, the least first; one without values comes before all.

    lowestCurrent(connect.prod.*.cpu,3)`,
  parameters: { seriesList: required(seriesList), n: required(integer) },
  evaluate: ({ seriesList, n }) => sortByValue(seriesList, "last", false).slice(0, n),
});
