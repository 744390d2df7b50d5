import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const sigmoid = graphiteFunction({
  name: "sigmoid",
  group: "Transform",
  description: `1 / (1 + exp(−value)): any value becomes one between 0 and 1.

    sigmoid(connect.prod.n1.score)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      renamed(series, `sigmoid(${series.name})`, {
        tags: withTag(series.tags, "sigmoid", "sigmoid"),
        values: mapValues(series.values, (value) => 1 / (1 + Math.exp(-value))),
        integers: false,
      }),
    ),
});
