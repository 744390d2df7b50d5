import { graphiteFunction } from "../function.ts";
import { integerOrInfinity, required, seriesList, withDefault } from "../parameters.ts";
import { renamed } from "../series.ts";

export const interpolate = graphiteFunction({
  name: "interpolate",
  group: "Transform",
  description: `Fills gaps of at most \`limit\` nulls (any number, if none is given) on a straight line between the values beside them.

    interpolate(connect.prod.n1.disk.used,5)`,
  parameters: { seriesList: required(seriesList), limit: withDefault(integerOrInfinity, Number.POSITIVE_INFINITY) },
  evaluate: ({ seriesList, limit }) =>
    seriesList.map((series) =>
      renamed(series, `interpolate(${series.name})`, { values: fillGaps(series.values, limit), integers: false }),
    ),
});

function fillGaps(values: Float64Array, limit: number): Float64Array {
  const result = values.slice();
  let lastKnown = 0; // a gap at the beginning has no value before it, and what is computed from one stays null
  for (let i = 1; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) continue;
    const gap = i - lastKnown - 1;
    const [before, after] = [values[lastKnown]!, values[i]!];
    if (gap > 0 && gap <= limit) {
      for (let j = 1; j <= gap; j++) result[lastKnown + j] = before + (j * (after - before)) / (gap + 1);
    }
    lastKnown = i;
  }
  return result;
}
