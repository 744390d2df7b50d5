import { aggregationOf } from "../aggregation.ts";
import { fillBuckets } from "../buckets.ts";
import { type Call, graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { newSeries, renamed, type TimeSeries } from "../series.ts";

export const compressPeriodicGaps = graphiteFunction({
  name: "compressPeriodicGaps",
  group: "Transform",
  description: `Takes out the nulls of a series that is kept at a finer step than it is sent, if its first values stand at even distances.

    compressPeriodicGaps(connect.prod.n1.backup.size)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }, call) =>
    seriesList.map((series) => compress(call, renamed(series, `compressPeriodicGaps(${series.name})`))),
});

function compress(call: Call, series: TimeSeries): TimeSeries {
  const found = findPeriod(series.values);
  if (found === undefined) return series;
  const { tags, consolidation, xFilesFactor, integers } = series;
  const stepSeconds = found.period * series.stepSeconds;
  const startSeconds = series.startSeconds + found.first * series.stepSeconds;
  const { values } = fillBuckets(call, series, aggregationOf("last"), stepSeconds, startSeconds, series.endSeconds);
  const endSeconds = startSeconds + stepSeconds * (values.length - 1);
  return newSeries({
    ...{ name: series.name, tags, consolidation, xFilesFactor, integers },
    ...{ startSeconds, endSeconds, stepSeconds, values },
  });
}

/**
 * As 1.1.10 looks for it: zeros don't count as values, a value at the very beginning is passed over, and one more value
 * must stand, between nulls, where the period says.
 */
function findPeriod(values: Float64Array): { readonly first: number; readonly period: number } | undefined {
  let first = 0;
  let second = 0;
  for (let i = 0; i < values.length && second === 0; i++) {
    if (!isTrue(values[i])) continue;
    if (first > 0) second = i;
    else first = i;
  }
  const period = second - first;
  const third = second + period;
  if (period <= 1 || third > values.length - 2 || !isTrue(values[third])) return undefined;
  return Number.isNaN(values[third - 1]!) && Number.isNaN(values[third + 1]!) ? { first, period } : undefined;
}

function isTrue(value: number | undefined): boolean {
  return value !== undefined && value !== 0 && !Number.isNaN(value);
}
