import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { power } from "../python/math.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const squareRoot = graphiteFunction({
  name: "squareRoot",
  group: "Transform",
  description: `The square root of each value; null for negative ones.

    squareRoot(connect.prod.n1.variance)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      renamed(series, `squareRoot(${series.name})`, {
        tags: withTag(series.tags, "squareRoot", "1"),
        values: mapValues(series.values, (value) => power(value, 0.5)),
        integers: false,
      }),
    ),
});
