import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { formatInteger, reprFloat } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const add = graphiteFunction({
  name: "add",
  group: "Transform",
  description: `Adds a number to every value. (offset does the same, and names the number in full.)

    add(connect.prod.n1.temperature,-273)`,
  parameters: { seriesList: required(seriesList), constant: required(float) },
  evaluate: ({ seriesList, constant }) =>
    seriesList.map((series) =>
      renamed(series, `add(${series.name},${formatInteger(constant)})`, {
        tags: withTag(series.tags, "add", reprFloat(constant)),
        values: mapValues(series.values, (value) => value + constant),
        integers: false,
      }),
    ),
});
