import { graphiteFunction } from "../function.ts";
import { integerOrInfinity, required, seriesList, withDefault } from "../parameters.ts";
import { renamed } from "../series.ts";

export const keepLastValue = graphiteFunction({
  name: "keepLastValue",
  group: "Transform",
  description: `Carries the last value over gaps of at most \`limit\` nulls (any number, if none is given), also at the end; longer gaps stay as they are.

    keepLastValue(connect.prod.n1.sessions,5)`,
  parameters: { seriesList: required(seriesList), limit: withDefault(integerOrInfinity, Number.POSITIVE_INFINITY) },
  evaluate: ({ seriesList, limit }) =>
    seriesList.map((series) =>
      renamed(series, `keepLastValue(${series.name})`, { values: carryOver(series.values, limit) }),
    ),
});

function carryOver(values: Float64Array, limit: number): Float64Array {
  const result = values.slice();
  let last = Number.NaN;
  let gapStart = 0;
  for (let i = 0; i <= values.length; i++) {
    const value = values[i];
    if (i < values.length && Number.isNaN(value)) continue;
    if (i - gapStart <= limit) result.fill(last, gapStart, i);
    if (value !== undefined) last = value;
    gapStart = i + 1;
  }
  return result;
}
