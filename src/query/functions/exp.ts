import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { finite } from "../python/math.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const exp = graphiteFunction({
  name: "exp",
  group: "Transform",
  description: `e to the power of each value.

    exp(connect.prod.n1.load)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      renamed(series, `exp(${series.name})`, {
        tags: withTag(series.tags, "exp", "e"),
        values: mapValues(series.values, (value) => finite(Math.exp(value))),
        integers: false,
      }),
    ),
});
