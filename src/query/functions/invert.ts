import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { power } from "../python/math.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const invert = graphiteFunction({
  name: "invert",
  group: "Transform",
  description: `One divided by each value; null for 0.

    invert(connect.prod.n1.latency)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      renamed(series, `invert(${series.name})`, {
        tags: withTag(series.tags, "invert", "1"),
        values: mapValues(series.values, (value) => power(value, -1)),
        integers: false,
      }),
    ),
});
