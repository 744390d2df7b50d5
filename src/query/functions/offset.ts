import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { formatGeneral, reprFloat } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const offset = graphiteFunction({
  name: "offset",
  group: "Transform",
  description: `Adds a number to every value.

    offset(connect.prod.n1.temperature,-273.15)`,
  parameters: { seriesList: required(seriesList), factor: required(float) },
  evaluate: ({ seriesList, factor }) =>
    seriesList.map((series) =>
      renamed(series, `offset(${series.name},${formatGeneral(factor)})`, {
        tags: withTag(series.tags, "offset", reprFloat(factor)),
        values: mapValues(series.values, (value) => value + factor),
        integers: false,
      }),
    ),
});
