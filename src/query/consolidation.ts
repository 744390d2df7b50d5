/** Several values of one series become one: for an answer of at most N points, and to meet a series of another step. */
import type { TimeSeries } from "./series.ts";

/** `avg` is `average`. */
export const CONSOLIDATIONS = ["sum", "average", "avg", "avg_zero", "min", "max", "first", "last"] as const;

export type ConsolidationName = (typeof CONSOLIDATIONS)[number];

export function isConsolidation(text: string): text is ConsolidationName {
  return (CONSOLIDATIONS as readonly string[]).includes(text);
}

/**
 * Each run of `valuesPerPoint` values as one, by the series' own function; null where less than its xFilesFactor is
 * known. The last run may be short, and is measured as if it were full (datalib.py `__consolidatingGenerator`).
 */
export function consolidated(series: TimeSeries, valuesPerPoint: number): Float64Array {
  const { values, consolidation, xFilesFactor } = series;
  if (valuesPerPoint <= 1) return values;
  const points = new Float64Array(Math.ceil(values.length / valuesPerPoint));
  for (let i = 0; i < points.length; i++) {
    const from = i * valuesPerPoint;
    const to = Math.min(values.length, from + valuesPerPoint);
    points[i] = consolidateRun(consolidation, values, from, to, valuesPerPoint, xFilesFactor);
  }
  return points;
}

/** Averages are floats, whatever the values are; everything else keeps ints. */
export function consolidationKeepsIntegers(name: ConsolidationName): boolean {
  return name !== "average" && name !== "avg" && name !== "avg_zero";
}

/** Whether so many known values of `total` are enough for one value. Written as graphite-web has it: 11/20 ≥ 0.55. */
export function isEnough(known: number, total: number, xFilesFactor: number): boolean {
  return known > 0 && known / total >= xFilesFactor;
}

export function countKnown(values: Float64Array, from = 0, to = values.length): number {
  let known = 0;
  for (let i = from; i < to; i++) if (!Number.isNaN(values[i])) known++;
  return known;
}

function consolidateRun(
  name: ConsolidationName,
  values: Float64Array,
  from: number,
  to: number,
  valuesPerPoint: number,
  xFilesFactor: number,
): number {
  let known = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let first = Number.NaN;
  let last = Number.NaN;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    if (known++ === 0) first = value;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
    last = value;
  }
  if (!isEnough(known, valuesPerPoint, xFilesFactor)) return Number.NaN;
  switch (name) {
    case "sum":
      return sum;
    case "average":
    case "avg":
      return sum / known;
    case "avg_zero":
      return sum / (to - from);
    case "min":
      return min;
    case "max":
      return max;
    case "first":
      return first;
    case "last":
      return last;
  }
}
