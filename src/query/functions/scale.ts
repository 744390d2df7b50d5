import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { formatGeneral, reprFloat } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const scale = graphiteFunction({
  name: "scale",
  group: "Transform",
  description: `Multiplies every value by a number.

    scale(connect.prod.n1.memory.used,1e-9)`,
  parameters: { seriesList: required(seriesList), factor: required(float) },
  evaluate: ({ seriesList, factor }) =>
    seriesList.map((series) =>
      renamed(series, `scale(${series.name},${formatGeneral(factor)})`, {
        tags: withTag(series.tags, "scale", reprFloat(factor)),
        values: mapValues(series.values, (value) => value * factor),
        integers: false,
      }),
    ),
});
