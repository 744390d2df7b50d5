import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const currentBelow = graphiteFunction({
  name: "currentBelow",
  group: "Filter Series",
  description: `Keeps the series whose last value is at most \`n\`, and those without any value.

    currentBelow(connect.prod.*.disk.free,1e9)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "last", "<=", n),
});
