import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const isNonNull = graphiteFunction({
  name: "isNonNull",
  group: "Transform",
  description: `1 where there is a value and 0 where there is none: summed up, how many series are alive.

    sumSeries(isNonNull(connect.prod.*.heartbeat))`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) =>
      renamed(series, `isNonNull(${series.name})`, {
        tags: withTag(series.tags, "isNonNull", "1"),
        values: mapValues(series.values, (value) => Number(!Number.isNaN(value))),
        integers: true,
      }),
    ),
});
