import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { formatInteger, reprFloat, roundFloat } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const scaleToSeconds = graphiteFunction({
  name: "scaleToSeconds",
  group: "Transform",
  description: `Values that count what happened in a step, as what would have happened in so many seconds; rounded to six decimals.

    scaleToSeconds(connect.prod.n1.requests,1)`,
  parameters: { seriesList: required(seriesList), seconds: required(float) },
  evaluate: ({ seriesList, seconds }) =>
    seriesList.map((series) =>
      renamed(series, `scaleToSeconds(${series.name},${formatInteger(seconds)})`, {
        tags: withTag(series.tags, "scaleToSeconds", reprFloat(seconds)),
        values: mapValues(series.values, (value) => roundFloat(value * (seconds / series.stepSeconds), 6)),
        integers: false,
      }),
    ),
});
