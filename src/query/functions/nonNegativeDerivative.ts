import { counterDeltas } from "../delta.ts";
import { graphiteFunction } from "../function.ts";
import { float, optional, required, seriesList } from "../parameters.ts";
import { copied, withTag } from "../series.ts";

export const nonNegativeDerivative = graphiteFunction({
  name: "nonNegativeDerivative",
  group: "Transform",
  description: `The change from each value of a counter to the next, null where the counter fell because it started again. With \`maxValue\`, a counter that fell is taken to have wrapped there, to \`minValue\` if that is given, else to 0; values beyond these two are left out.

    nonNegativeDerivative(connect.prod.n1.requests.total)`,
  parameters: { seriesList: required(seriesList), maxValue: optional(float), minValue: optional(float) },
  evaluate: ({ seriesList, maxValue, minValue }) =>
    seriesList.map((series) =>
      copied(series, `nonNegativeDerivative(${series.name})`, {
        tags: withTag(series.tags, "nonNegativeDerivative", "1"),
        values: counterDeltas(series.values, { max: maxValue, min: minValue }),
        integers: series.integers && maxValue === undefined && minValue === undefined,
      }),
    ),
});
