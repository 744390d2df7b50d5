import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { numberText } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const offsetToZero = graphiteFunction({
  name: "offsetToZero",
  group: "Transform",
  description: `Each series less its least value, so that all begin at 0.

    offsetToZero(connect.prod.*.latency)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) => {
      const least = aggregateAll(aggregationOf("min"), series.values);
      const text = Number.isNaN(least) ? "None" : numberText({ value: least, integer: series.integers });
      return renamed(series, `offsetToZero(${series.name})`, {
        tags: withTag(series.tags, "offsetToZero", text),
        values: mapValues(series.values, (value) => value - least),
      });
    }),
});
