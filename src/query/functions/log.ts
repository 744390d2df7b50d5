import { graphiteFunction } from "../function.ts";
import { integer, required, seriesList, withDefault } from "../parameters.ts";
import { copied, mapValues, withTag } from "../series.ts";

export const log = graphiteFunction({
  name: "log",
  group: "Transform",
  description: `The logarithm of each value, to base 10 unless another is given; null for values that are not above 0.

    log(connect.prod.n1.requests,2)`,
  parameters: { seriesList: required(seriesList), base: withDefault(integer, 10) },
  evaluate({ seriesList, base }, call) {
    if (base <= 0 || base === 1) throw call.error(`needs a base above 1, and is given ${base}`);
    return seriesList.map((series) =>
      copied(series, `log(${series.name}, ${base})`, {
        tags: withTag(series.tags, "log", String(base)),
        values: mapValues(series.values, (value) => (value > 0 ? Math.log(value) / Math.log(base) : Number.NaN)),
        integers: false,
      }),
    );
  },
});
