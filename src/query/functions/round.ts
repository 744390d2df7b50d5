import { graphiteFunction } from "../function.ts";
import { integer, optional, required, seriesList } from "../parameters.ts";
import { formatGeneral, roundFloat } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const round = graphiteFunction({
  name: "round",
  group: "Transform",
  description: `The values rounded to so many decimals, none unless said; a value in the middle goes to the even neighbour. Negative numbers round to tens, hundreds and so on.

    round(connect.prod.n1.load,2)`,
  parameters: { seriesList: required(seriesList), precision: optional(integer, { default: 0 }) },
  evaluate: ({ seriesList, precision }) =>
    seriesList.map((series) =>
      renamed(
        series,
        precision === undefined ? `round(${series.name})` : `round(${series.name},${formatGeneral(precision)})`,
        {
          tags: withTag(series.tags, "round", String(precision ?? 0)),
          values: mapValues(series.values, (value) => roundFloat(value, precision ?? 0)),
        },
      ),
    ),
});
