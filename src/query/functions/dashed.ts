import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList, withDefault } from "../parameters.ts";
import { formatGeneral } from "../python/number.ts";
import { withTag } from "../series.ts";

export const dashed = graphiteFunction({
  name: "dashed",
  group: "Graph",
  description: `Draws a dashed line, with dashes of so many pixels.

    dashed(connect.prod.n1.cpu,3)`,
  parameters: { seriesList: required(seriesList), dashLength: withDefault(integer, 5) },
  evaluate: ({ seriesList, dashLength }) =>
    seriesList.map((series) => ({
      ...series,
      name: `dashed(${series.name}, ${formatGeneral(dashLength)})`,
      tags: withTag(series.tags, "dashed", String(dashLength)),
      graph: { ...series.graph, dashed: dashLength },
    })),
});
