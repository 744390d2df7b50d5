import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const minimumBelow = graphiteFunction({
  name: "minimumBelow",
  group: "Filter Series",
  description: `Keeps the series whose least value is at most \`n\`, and those without any value.

    minimumBelow(connect.prod.*.disk.free,1e9)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "min", "<=", n),
});
