import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { keepWhere } from "../selection.ts";

export const maximumBelow = graphiteFunction({
  name: "maximumBelow",
  group: "Filter Series",
  description: `Keeps the series whose greatest value is at most \`n\`, and those without any value.

    maximumBelow(connect.prod.*.disk.free,1e9)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) => keepWhere(seriesList, "max", "<=", n),
});
