import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const maxSeries = graphiteFunction({
  name: "maxSeries",
  group: "Combine",
  description: `The greatest value of all series at each time.

    maxSeries(connect.prod.*.queue.depth)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate: ({ seriesLists }, { scope }) => combineSeries(seriesLists.flat(), "max", scope.xFilesFactor),
});
