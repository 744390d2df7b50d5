import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const stddevSeries = graphiteFunction({
  name: "stddevSeries",
  group: "Combine",
  description: `The standard deviation of all series at each time, taking them as the whole population.

    stddevSeries(connect.prod.*.load)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate: ({ seriesLists }, { scope }) => combineSeries(seriesLists.flat(), "stddev", scope.xFilesFactor),
});
