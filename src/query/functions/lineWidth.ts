import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";

export const lineWidth = graphiteFunction({
  name: "lineWidth",
  group: "Graph",
  description: `How wide the line is drawn, in pixels.

    lineWidth(connect.prod.n1.cpu,3)`,
  parameters: { seriesList: required(seriesList), width: required(float) },
  evaluate: ({ seriesList, width }) =>
    seriesList.map((series) => ({ ...series, graph: { ...series.graph, lineWidth: width } })),
});
