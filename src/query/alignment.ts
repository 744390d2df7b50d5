/**
 * Several series side by side, as the combining functions need them (functions.py `normalize`).
 *
 * All come to one step, the least common multiple of theirs, by each one's consolidation function. They are laid beside
 * each other value by value from where each begins: series that begin at different times are not shifted to meet.
 */
import type { Aggregation } from "./aggregation.ts";
import { consolidated, consolidationKeepsIntegers, countKnown, isEnough } from "./consolidation.ts";
import { modulo } from "./python/number.ts";
import type { SeriesList, TimeSeries } from "./series.ts";

export interface SteppedRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

export interface Alignment extends SteppedRange {
  readonly columns: readonly Float64Array[];
  /** Whether every value of every column is a Python int. */
  readonly integers: boolean;
}

/** Undefined when there are no series. */
export function align(list: SeriesList): Alignment | undefined {
  if (list.length === 0) return undefined;
  const range = meetingRange(list);
  return {
    ...range,
    columns: list.map((series) => column(series, range.stepSeconds)),
    integers: list.every((series) => series.integers && keepsIntegers(series, range.stepSeconds)),
  };
}

/** From the first beginning to the last end, in whole steps. */
export function meetingRange(list: SeriesList): SteppedRange {
  let [stepSeconds, startSeconds, endSeconds] = [1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const series of list) {
    stepSeconds = leastCommonMultiple(stepSeconds, series.stepSeconds);
    startSeconds = Math.min(startSeconds, series.startSeconds);
    endSeconds = Math.max(endSeconds, series.endSeconds);
  }
  return { startSeconds, endSeconds: endSeconds - modulo(endSeconds - startSeconds, stepSeconds), stepSeconds };
}

/** The series' values at a coarser step. */
function column(series: TimeSeries, stepSeconds: number): Float64Array {
  return consolidated(series, Math.floor(stepSeconds / series.stepSeconds));
}

function keepsIntegers(series: TimeSeries, stepSeconds: number): boolean {
  return series.stepSeconds === stepSeconds || consolidationKeepsIntegers(series.consolidation);
}

function leastCommonMultiple(a: number, b: number): number {
  return a === b ? a : Math.floor(Math.max(a, b) / greatestCommonDivisor(a, b)) * Math.min(a, b);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Rows that are turned over at once: eight doubles are one cache line of every column. */
const ROWS_AT_ONCE = 8;

/**
 * One value of every row: the i-th values of all columns, as long as the longest has one.
 *
 * Fast path (bench: sumSeries): reading a row across thousands of columns misses the cache at each step, so some rows at
 * a time are copied to where they lie together.
 */
export function foldRows(
  columns: readonly Float64Array[],
  fold: (values: Float64Array, from: number, to: number) => number,
): Float64Array {
  const length = columns.reduce((most, values) => Math.max(most, values.length), 0);
  const width = columns.length;
  const result = new Float64Array(length);
  const rows = new Float64Array(ROWS_AT_ONCE * width);
  for (let first = 0; first < length; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, length - first);
    for (let c = 0; c < width; c++) {
      const values = columns[c]!;
      for (let r = 0; r < count; r++) rows[r * width + c] = values[first + r] ?? Number.NaN;
    }
    for (let r = 0; r < count; r++) result[first + r] = fold(rows, r * width, (r + 1) * width);
  }
  return result;
}

/** One value of every row by an aggregation; null where less than xFilesFactor of the row is known. */
export function aggregateRows(alignment: Alignment, aggregation: Aggregation, xFilesFactor: number): Float64Array {
  if (aggregation.add !== undefined) return addColumns(alignment.columns, aggregation, xFilesFactor);
  return foldRows(alignment.columns, (values, from, to) =>
    isEnough(countKnown(values, from, to), to - from, xFilesFactor) ? aggregation.of(values, from, to) : Number.NaN,
  );
}

function addColumns(columns: readonly Float64Array[], by: Aggregation, xFilesFactor: number): Float64Array {
  const length = columns.reduce((most, values) => Math.max(most, values.length), 0);
  const rows = new Float64Array(length);
  const known = new Uint32Array(length);
  for (const values of columns) by.add!(rows, known, values);
  for (let i = 0; i < length; i++) {
    if (!isEnough(known[i]!, columns.length, xFilesFactor)) rows[i] = Number.NaN;
    else if (by.finish !== undefined) rows[i] = by.finish(rows[i]!, known[i]!);
  }
  return rows;
}
