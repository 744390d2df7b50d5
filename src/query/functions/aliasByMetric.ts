import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { nameNodes } from "./substr.ts";

export const aliasByMetric = graphiteFunction({
  name: "aliasByMetric",
  group: "Alias",
  description: `Names each series by the last node of its path.

    aliasByMetric(connect.prod.n1.*)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) => seriesList.map((series) => ({ ...series, name: nameNodes(series.name, -1, 0) })),
});
