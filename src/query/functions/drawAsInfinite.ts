import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { withTag } from "../series.ts";

export const drawAsInfinite = graphiteFunction({
  name: "drawAsInfinite",
  group: "Graph",
  description: `Draws a vertical line at each value above 0, as for events.

    drawAsInfinite(connect.prod.n1.restarts)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) => ({
      ...series,
      name: `drawAsInfinite(${series.name})`,
      tags: withTag(series.tags, "drawAsInfinite", "1"),
      graph: { ...series.graph, drawAsInfinite: true },
    })),
});
