import { foldRows } from "../alignment.ts";
import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { groupKey } from "../naming.ts";
import { nodeOrTag, repeated, required, seriesList } from "../parameters.ts";
import { newSeries, type SeriesList, type TimeSeries } from "../series.ts";

export const weightedAverage = graphiteFunction({
  name: "weightedAverage",
  group: "Combine",
  description: `The mean of values that count by their weights, values and weights being paired by the chosen nodes or tags.

    weightedAverage(connect.prod.*.latency.mean,connect.prod.*.requests,2)`,
  parameters: {
    seriesListAvg: required(seriesList),
    seriesListWeight: required(seriesList),
    nodes: repeated(nodeOrTag, { atLeast: 0 }),
  },
  evaluate({ seriesListAvg, seriesListWeight, nodes }, call) {
    const { xFilesFactor } = call.scope;
    if (seriesListAvg.length !== seriesListWeight.length) {
      const [values, weights] = [seriesListAvg.length, seriesListWeight.length];
      throw call.error(`needs as many weights as values, and is given ${weights} and ${values}`);
    }
    const keyed = (list: SeriesList): Map<string, TimeSeries> =>
      new Map(list.map((series) => [groupKey(series, nodes), series]));
    const weights = keyed(seriesListWeight);
    const products = [...keyed(seriesListAvg)].flatMap(([key, series]) => {
      const weight = weights.get(key);
      return weight === undefined ? [] : [product(series, weight, xFilesFactor)];
    });
    const [total] = combineSeries(products, "sum", xFilesFactor);
    const [weight] = combineSeries(seriesListWeight, "sum", xFilesFactor);
    if (total === undefined || weight === undefined) return [];
    const { startSeconds, endSeconds, stepSeconds } = total;
    return [
      newSeries({
        name: `weightedAverage(${sortedPaths(seriesListAvg)}, ${sortedPaths(seriesListWeight)}, ${nodes.join(",")})`,
        startSeconds,
        endSeconds,
        stepSeconds,
        values: foldRows([total.values, weight.values], (row, from) =>
          row[from + 1] === 0 ? Number.NaN : row[from]! / row[from + 1]!,
        ),
        xFilesFactor,
      }),
    ];
  },
});

/** Value by value, whatever their steps are. */
function product(series: TimeSeries, weight: TimeSeries, xFilesFactor: number): TimeSeries {
  const { startSeconds, endSeconds, stepSeconds } = series;
  const values = foldRows([series.values, weight.values], (row, from) => row[from]! * row[from + 1]!);
  return newSeries({
    name: `product(${weight.name},${series.name})`,
    startSeconds,
    endSeconds,
    stepSeconds,
    values,
    xFilesFactor,
  });
}

function sortedPaths(list: SeriesList): string {
  return [...new Set(list.map((series) => series.pathExpression))].sort().join(",");
}
