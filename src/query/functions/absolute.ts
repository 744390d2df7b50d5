import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const absolute = graphiteFunction({
  name: "absolute",
  group: "Transform",
  description: `The values without their sign.

    absolute(connect.prod.n1.clock.offset)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      renamed(series, `absolute(${series.name})`, {
        tags: withTag(series.tags, "absolute", "1"),
        values: mapValues(series.values, Math.abs),
        integers: series.integers,
      }),
    ),
});
