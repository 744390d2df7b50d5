import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { power } from "../python/math.ts";
import { formatGeneral, reprFloat } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const pow = graphiteFunction({
  name: "pow",
  group: "Transform",
  description: `Each value to a power; null where that is no number.

    pow(connect.prod.n1.load,2)`,
  parameters: { seriesList: required(seriesList), factor: required(float) },
  evaluate: ({ seriesList, factor }) =>
    seriesList.map((series) =>
      renamed(series, `pow(${series.name},${formatGeneral(factor)})`, {
        tags: withTag(series.tags, "pow", reprFloat(factor)),
        values: mapValues(series.values, (value) => power(value, factor)),
        integers: false,
      }),
    ),
});
