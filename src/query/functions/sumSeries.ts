import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const sumSeries = graphiteFunction({
  name: "sumSeries",
  aliases: ["sum"],
  group: "Combine",
  description: `The sum of all series at each time. Nulls are left out; where all are null, so is the sum.

    sumSeries(connect.prod.*.sessions)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate: ({ seriesLists }, { scope }) => combineSeries(seriesLists.flat(), "sum", scope.xFilesFactor),
});
