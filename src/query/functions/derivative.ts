import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { copied, withTag } from "../series.ts";

export const derivative = graphiteFunction({
  name: "derivative",
  group: "Transform",
  description: `The change from each value to the next: of a counter, what was counted in between. It does not divide by time (perSecond does), and a counter that starts again shows as a large fall (nonNegativeDerivative leaves it out).

    derivative(connect.prod.n1.requests.total)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      copied(series, `derivative(${series.name})`, {
        tags: withTag(series.tags, "derivative", "1"),
        values: differences(series.values),
      }),
    ),
});

function differences(values: Float64Array): Float64Array {
  const result = new Float64Array(values.length).fill(Number.NaN);
  for (let i = 1; i < values.length; i++) result[i] = values[i]! - values[i - 1]!;
  return result;
}
