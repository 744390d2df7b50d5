/** Values by interval: what summarize, smartSummarize and compressPeriodicGaps share (functions.py `_summarizeValues`). */
import type { Aggregation } from "./aggregation.ts";
import { isEnough } from "./consolidation.ts";
import type { Call } from "./function.ts";
import type { Interval } from "./parameters.ts";
import type { TimeSeries } from "./series.ts";

export const INTERVAL_SUGGESTIONS = ["10min", "1h", "1d"];

export interface Buckets {
  readonly values: Float64Array;
  /** Just past the last bucket. */
  readonly endSeconds: number;
}

/**
 * One value for each interval from `startSeconds` on until `endSeconds` is covered; null where less than the series'
 * xFilesFactor of the points that fit into a bucket is known.
 */
export function fillBuckets(
  call: Call,
  series: TimeSeries,
  aggregation: Aggregation,
  interval: number,
  startSeconds: number,
  endSeconds: number,
): Buckets {
  const { values } = series;
  const count = Math.max(0, Math.ceil((endSeconds - startSeconds) / interval));
  const buckets = call.allocate(count);
  const pointsPerBucket = interval / series.stepSeconds;
  const known = Math.min(
    values.length,
    Math.max(0, Math.ceil((series.endSeconds - series.startSeconds) / series.stepSeconds)),
  );
  let next = 0;
  for (let b = 0; b < count; b++) {
    const bucketStart = startSeconds + b * interval;
    let from = next;
    let notNull = 0;
    for (; next < known; next++) {
      const seconds = series.startSeconds + next * series.stepSeconds;
      if (seconds >= bucketStart + interval) break;
      if (seconds <= bucketStart) from = next;
      if (seconds >= bucketStart && !Number.isNaN(values[next])) notNull++;
    }
    if (isEnough(notNull, pointsPerBucket, series.xFilesFactor)) buckets[b] = aggregation.of(values, from, next);
  }
  return { values: buckets, endSeconds: startSeconds + count * interval };
}

/** An interval that can be the width of a bucket. graphite-web loops for ever on others. */
export function bucketWidth(call: Call, interval: Interval): number {
  if (interval.seconds > 0) return interval.seconds;
  throw call.error(`needs an interval longer than nothing, and is given "${interval.text}"`);
}
