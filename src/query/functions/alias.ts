import { graphiteFunction } from "../function.ts";
import { required, seriesList, string } from "../parameters.ts";

export const alias = graphiteFunction({
  name: "alias",
  group: "Alias",
  description: `Names the series.

    alias(connect.prod.n1.cpu,"CPU of the first node")`,
  parameters: { seriesList: required(seriesList), newName: required(string) },
  evaluate: ({ seriesList, newName }) => seriesList.map((series) => ({ ...series, name: newName })),
});
