import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const minSeries = graphiteFunction({
  name: "minSeries",
  group: "Combine",
  description: `The least value of all series at each time.

    minSeries(connect.prod.*.disk.free)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate: ({ seriesLists }, { scope }) => combineSeries(seriesLists.flat(), "min", scope.xFilesFactor),
});
