import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const averageBelow = graphiteFunction({
  name: "averageBelow",
  group: "Filter Series",
  description: `Keeps the series whose mean is at most \`n\`, and those without any value.

    averageBelow(connect.prod.*.disk.free,1e9)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "average", "<=", n),
});
