import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const logit = graphiteFunction({
  name: "logit",
  group: "Transform",
  description: `log(value / (1 − value)), the reverse of sigmoid; null for values that are not between 0 and 1.

    logit(connect.prod.n1.share)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      renamed(series, `logit(${series.name})`, {
        tags: withTag(series.tags, "logit", "logit"),
        values: mapValues(series.values, (value) =>
          value > 0 && value < 1 ? Math.log(value / (1 - value)) : Number.NaN,
        ),
        integers: false,
      }),
    ),
});
