import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const currentAbove = graphiteFunction({
  name: "currentAbove",
  group: "Filter Series",
  description: `Keeps the series whose last value is above \`n\`.

    currentAbove(connect.prod.*.queue.depth,10)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "last", ">", n),
});
