import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList } from "../parameters.ts";

export const limit = graphiteFunction({
  name: "limit",
  group: "Filter Series",
  description: `The first \`n\` series; of a negative number, all but so many at the end.

    limit(sortByMaxima(connect.prod.*.cpu),5)`,
  parameters: { seriesList: required(seriesList), n: required(integer) },
  evaluate: ({ seriesList, n }) => seriesList.slice(0, n),
});
