import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const minimumAbove = graphiteFunction({
  name: "minimumAbove",
  group: "Filter Series",
  description: `Keeps the series whose least value is above \`n\`.

    minimumAbove(connect.prod.*.queue.depth,10)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "min", ">", n),
});
