import { align, foldRows } from "../alignment.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { newSeries, renamed, type TimeSeries } from "../series.ts";

export const divideSeries = graphiteFunction({
  name: "divideSeries",
  group: "Combine",
  description: `Each series of the first argument divided by the one series of the second. Null where the divisor is null or 0, and everywhere when there is no divisor. To divide by a number, scale by its inverse.

    divideSeries(connect.prod.*.requests.failed,connect.prod._cluster.requests)`,
  parameters: { dividendSeriesList: required(seriesList), divisorSeries: required(seriesList) },
  evaluate({ dividendSeriesList, divisorSeries }, call) {
    const [divisor, ...more] = divisorSeries;
    if (divisor === undefined) return dividendSeriesList.map(withoutDivisor);
    if (more.length > 0)
      throw call.error(`needs exactly one series to divide by, and is given ${divisorSeries.length}`);
    return dividendSeriesList.map((dividend) => quotient(dividend, divisor, call.scope.xFilesFactor));
  },
});

function withoutDivisor(series: TimeSeries): TimeSeries {
  return renamed(series, `divideSeries(${series.name},MISSING)`, {
    values: new Float64Array(series.values.length).fill(Number.NaN),
  });
}

/** `divideSeries(a,b)` of two series. */
export function quotient(dividend: TimeSeries, divisor: TimeSeries, xFilesFactor: number): TimeSeries {
  const { startSeconds, endSeconds, stepSeconds, columns } = align([dividend, divisor])!;
  return newSeries({
    name: `divideSeries(${dividend.name},${divisor.name})`,
    startSeconds,
    endSeconds,
    stepSeconds,
    values: foldRows(columns, (row, from) => (row[from + 1] === 0 ? Number.NaN : row[from]! / row[from + 1]!)),
    xFilesFactor,
  });
}
