/** The points that an answer shows of each series, at most as many as it was asked for. */
import { consolidated, consolidationKeepsIntegers } from "./consolidation.ts";
import type { SeriesList, TimeSeries } from "./series.ts";

export interface Points {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly values: Float64Array;
  readonly integers: boolean;
}

/**
 * graphite-web's way (views.py `renderViewJson`): the step of the answer is a whole multiple of the series', and the
 * first point is moved on to a multiple of it, so that a picture does not jitter when it is drawn again a moment later.
 * The values before it are dropped, so the sums of all points are less than those of all values.
 */
export function pointsOf(list: SeriesList, maxDataPoints: number | undefined): Points[] {
  const start = list.reduce((least, series) => Math.min(least, series.startSeconds), Number.POSITIVE_INFINITY);
  const end = list.reduce((most, series) => Math.max(most, series.endSeconds), Number.NEGATIVE_INFINITY);
  return list.map((series) => {
    const available = (end - start) / series.stepSeconds;
    if (maxDataPoints === 1) return pointsWithin(series, Math.max(1, series.values.length));
    if (maxDataPoints === undefined || !(maxDataPoints > 0) || maxDataPoints >= available) {
      return pointsWithin(series, 1);
    }
    const valuesPerPoint = Math.ceil(available / maxDataPoints);
    return pointsWithin(nudged(series, valuesPerPoint * series.stepSeconds), valuesPerPoint);
  });
}

/** The series from a point on that is a multiple of the answer's step, give or take what it was off its own. */
function nudged(series: TimeSeries, secondsPerPoint: number): TimeSeries {
  const { startSeconds, stepSeconds, values } = series;
  const nudge = secondsPerPoint + (startSeconds % stepSeconds) - (startSeconds % secondsPerPoint);
  const dropped = Math.max(0, Math.trunc(nudge / stepSeconds) - 1);
  return { ...series, startSeconds: startSeconds + nudge, values: values.subarray(dropped) };
}

/** A point at the very end still shows; those beyond it don't. */
function pointsWithin(series: TimeSeries, valuesPerPoint: number): Points {
  const { startSeconds, endSeconds } = series;
  const stepSeconds = Math.trunc(series.stepSeconds * valuesPerPoint);
  const values = consolidated(series, valuesPerPoint);
  const shown = Math.max(0, Math.floor((endSeconds - startSeconds) / stepSeconds) + 1);
  return {
    startSeconds,
    stepSeconds,
    values: values.subarray(0, shown),
    integers: series.integers && (valuesPerPoint === 1 || consolidationKeepsIntegers(series.consolidation)),
  };
}
