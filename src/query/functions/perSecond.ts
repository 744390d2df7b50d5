import { counterDeltas } from "../delta.ts";
import { graphiteFunction } from "../function.ts";
import { float, optional, required, seriesList } from "../parameters.ts";
import { roundFloat } from "../python/number.ts";
import { copied, mapValues, withTag } from "../series.ts";

export const perSecond = graphiteFunction({
  name: "perSecond",
  group: "Transform",
  description: `How fast a counter grows, per second: nonNegativeDerivative divided by the step, rounded to six decimals. \`maxValue\` and \`minValue\` mean the same as there.

    perSecond(connect.prod.n1.requests.total)`,
  parameters: { seriesList: required(seriesList), maxValue: optional(float), minValue: optional(float) },
  evaluate: ({ seriesList, maxValue, minValue }) =>
    seriesList.map((series) => {
      const deltas = counterDeltas(series.values, { max: maxValue, min: minValue });
      return copied(series, `perSecond(${series.name})`, {
        tags: withTag(series.tags, "perSecond", "1"),
        values: mapValues(deltas, (delta) => roundFloat(delta / series.stepSeconds, 6)),
        integers: false,
      });
    }),
});
