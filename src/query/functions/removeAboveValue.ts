import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { formatGeneral } from "../python/number.ts";
import { mapValues, renamed } from "../series.ts";

export const removeAboveValue = graphiteFunction({
  name: "removeAboveValue",
  group: "Filter Data",
  description: `Makes values above \`n\` null.

    removeAboveValue(connect.prod.n1.latency,60)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate: ({ seriesList, n }) =>
    seriesList.map((series) =>
      renamed(series, `removeAboveValue(${series.name}, ${formatGeneral(n)})`, {
        values: mapValues(series.values, (value) => (value > n ? Number.NaN : value)),
      }),
    ),
});
