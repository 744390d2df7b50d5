import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const averageSeries = graphiteFunction({
  name: "averageSeries",
  aliases: ["avg"],
  group: "Combine",
  description: `The mean of all series at each time. Nulls are left out.

    averageSeries(connect.prod.*.cpu)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate: ({ seriesLists }, { scope }) => combineSeries(seriesLists.flat(), "average", scope.xFilesFactor),
});
