import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";

export const alpha = graphiteFunction({
  name: "alpha",
  group: "Graph",
  description: `How opaque the line is drawn, 0 to 1.

    alpha(connect.prod.n1.cpu,0.5)`,
  parameters: { seriesList: required(seriesList), alpha: required(float) },
  evaluate: ({ seriesList, alpha }) => seriesList.map((series) => ({ ...series, graph: { ...series.graph, alpha } })),
});
