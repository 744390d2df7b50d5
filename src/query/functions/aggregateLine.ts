import { aggregateAll, aggregationOf, integersAfter } from "../aggregation.ts";
import { constantSeries } from "../constant.ts";
import { graphiteFunction } from "../function.ts";
import { aggregationName, boolean, required, seriesList, withDefault } from "../parameters.ts";
import { formatGeneral } from "../python/number.ts";
import { copied, renamed } from "../series.ts";

export const aggregateLine = graphiteFunction({
  name: "aggregateLine",
  group: "Calculate",
  description: `A horizontal line at an aggregation of all values of each series: three points over the range, or, with \`keepStep\`, as many as the series has.

    aggregateLine(connect.prod.n1.cpu,"max")`,
  parameters: {
    seriesList: required(seriesList),
    func: withDefault(aggregationName, "average"),
    keepStep: withDefault(boolean, false),
  },
  evaluate({ seriesList, func, keepStep }, call) {
    const by = aggregationOf(func);
    return seriesList.map((series) => {
      const value = aggregateAll(by, series.values);
      const name = `aggregateLine(${series.name}, ${Number.isNaN(value) ? "None" : formatGeneral(value)})`;
      const integers = integersAfter(by, series.integers);
      if (!keepStep) return renamed(constantSeries(call, value, integers), name);
      return copied(series, name, { values: new Float64Array(series.values.length).fill(value), integers });
    });
  },
});
