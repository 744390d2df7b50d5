import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";

export const multiplySeries = graphiteFunction({
  name: "multiplySeries",
  group: "Combine",
  description: `The product of all series at each time, null as soon as one is null. A single series comes back as it is.

    multiplySeries(connect.prod.n1.requests,connect.prod.n1.latency)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate({ seriesLists }, { scope }) {
    const list = seriesLists.flat();
    if (seriesLists.length === 1 && list.length === 1) return list;
    return combineSeries(list, "multiply", scope.xFilesFactor);
  },
});
