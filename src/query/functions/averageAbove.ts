import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const averageAbove = graphiteFunction({
  name: "averageAbove",
  group: "Filter Series",
  description: `Keeps the series whose mean is above \`n\`.

    averageAbove(connect.prod.*.queue.depth,10)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "average", ">", n),
});
