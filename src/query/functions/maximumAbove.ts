import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const maximumAbove = graphiteFunction({
  name: "maximumAbove",
  group: "Filter Series",
  description: `Keeps the series whose greatest value is above \`n\`.

    maximumAbove(connect.prod.*.queue.depth,10)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "max", ">", n),
});
