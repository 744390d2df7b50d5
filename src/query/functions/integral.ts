import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { copied, mapValues, withTag } from "../series.ts";

export const integral = graphiteFunction({
  name: "integral",
  group: "Transform",
  description: `The running total: each value and all before it in the range. Nulls stay null and add nothing.

    integral(connect.prod.n1.jobs.finished)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) => {
      let total = 0;
      return copied(series, `integral(${series.name})`, {
        tags: withTag(series.tags, "integral", "1"),
        values: mapValues(series.values, (value) => {
          if (Number.isNaN(value)) return value;
          total += value;
          return total;
        }),
        integers: false,
      });
    }),
});
