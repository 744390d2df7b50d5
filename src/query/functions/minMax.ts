import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { mapValues, renamed } from "../series.ts";

export const minMax = graphiteFunction({
  name: "minMax",
  group: "Transform",
  description: `Each value as its place between the least (0) and the greatest (1) of its series; 0 where these are the same.

    minMax(connect.prod.*.queue.depth)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) => {
      const least = aggregateAll(aggregationOf("min"), series.values);
      const spread = aggregateAll(aggregationOf("max"), series.values) - least;
      const place = (value: number): number => (spread === 0 && !Number.isNaN(value) ? 0 : (value - least) / spread);
      return renamed(series, `minMax(${series.name})`, { values: mapValues(series.values, place), integers: false });
    }),
});
