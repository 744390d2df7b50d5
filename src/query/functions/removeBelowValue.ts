import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { formatGeneral } from "../python/number.ts";
import { mapValues, renamed } from "../series.ts";

export const removeBelowValue = graphiteFunction({
  name: "removeBelowValue",
  group: "Filter Data",
  description: `Makes values below \`n\` null.

    removeBelowValue(connect.prod.n1.latency,0)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) =>
    seriesList.map((series) =>
      renamed(series, `removeBelowValue(${series.name}, ${formatGeneral(n)})`, {
        values: mapValues(series.values, (value) => (value < n ? Number.NaN : value)),
      }),
    ),
});
