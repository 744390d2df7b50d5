import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const rangeOfSeries = graphiteFunction({
  name: "rangeOfSeries",
  group: "Combine",
  description: `The distance between the greatest and the least value of all series at each time.

    rangeOfSeries(connect.prod.*.clock.offset)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate: ({ seriesLists }, { scope }) => combineSeries(seriesLists.flat(), "rangeOf", scope.xFilesFactor),
});
