import { graphiteFunction } from "../function.ts";
import { required, seriesList, string } from "../parameters.ts";

export const color = graphiteFunction({
  name: "color",
  group: "Graph",
  description: `The colour of the line: a name, or six or eight hexadecimal digits.

    color(connect.prod.n1.cpu,"green")`,
  parameters: { seriesList: required(seriesList), theColor: required(string) },
  evaluate: ({ seriesList, theColor }) =>
    seriesList.map((series) => ({ ...series, graph: { ...series.graph, color: theColor } })),
});
