import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { withTag } from "../series.ts";

export const secondYAxis = graphiteFunction({
  name: "secondYAxis",
  group: "Graph",
  description: `Draws the line against the second vertical axis.

    secondYAxis(connect.prod.n1.restarts)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) => ({
      ...series,
      name: `secondYAxis(${series.name})`,
      tags: withTag(series.tags, "secondYAxis", "1"),
      graph: { ...series.graph, secondYAxis: true },
    })),
});
