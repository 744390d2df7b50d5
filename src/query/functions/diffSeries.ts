import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const diffSeries = graphiteFunction({
  name: "diffSeries",
  group: "Combine",
  description: `The first series less all the others, at each time. Nulls are left out, so a first series without a value lets the second take its place.

    diffSeries(connect.prod.n1.requests.total,connect.prod.n1.requests.failed)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate: ({ seriesLists }, { scope }) => combineSeries(seriesLists.flat(), "diff", scope.xFilesFactor),
});
