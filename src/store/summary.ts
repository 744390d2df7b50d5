/**
 * Fine slots → coarse slots. A coarse slot keeps sum, count, min, max and last of the values in it, so that every
 * aggregation method can be asked for later.
 */
import { type AggregationMethod, summaryValue } from "../core/aggregation.ts";
import { type ColumnBlock, columnBlock } from "./column-block.ts";
import { RAW_COLUMNS, SUMMARY_COLUMNS } from "./segment-format.ts";

/** Order of the columns of a summary, on disk and in blocks. */
export const SUM = 0;
export const COUNT = 1;
export const MIN = 2;
export const MAX = 3;
export const LAST = 4;

export const ALL_SUMMARY_COLUMNS: readonly number[] = [SUM, COUNT, MIN, MAX, LAST];

/**
 * Summarises a block of a finer tier (raw, or summaries themselves) into one of `stepSeconds`. The fine block begins
 * and ends on multiples of the coarse step.
 */
export function summarise(fine: ColumnBlock, stepSeconds: number): ColumnBlock {
  const ratio = stepSeconds / fine.stepSeconds;
  const coarse = columnBlock(fine.rows, fine.slots / ratio, stepSeconds, fine.startSeconds, SUMMARY_COLUMNS);
  for (let row = 0; row < fine.rows; row++) {
    for (let slot = 0; slot < coarse.slots; slot++) {
      const at = row * coarse.slots + slot;
      const from = row * fine.slots + slot * ratio;
      if (fine.columns.length === RAW_COLUMNS) summariseRaw(fine.columns[0]!, from, ratio, coarse, at);
      else summariseSummaries(fine.columns, from, ratio, coarse, at);
    }
  }
  return coarse;
}

function summariseRaw(values: Float64Array, from: number, count: number, out: ColumnBlock, at: number): void {
  let known = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let last = Number.NaN;
  for (let i = from; i < from + count; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    known++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
    last = value;
  }
  if (known > 0) setSummary(out, at, sum, known, min, max, last);
}

function summariseSummaries(
  columns: readonly Float64Array[],
  from: number,
  count: number,
  out: ColumnBlock,
  at: number,
): void {
  let known = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let last = Number.NaN;
  for (let i = from; i < from + count; i++) {
    const here = columns[COUNT]![i]!;
    if (!(here > 0)) continue;
    known += here;
    sum += columns[SUM]![i]!;
    min = Math.min(min, columns[MIN]![i]!);
    max = Math.max(max, columns[MAX]![i]!);
    last = columns[LAST]![i]!;
  }
  if (known > 0) setSummary(out, at, sum, known, min, max, last);
}

export function setSummary(
  out: ColumnBlock,
  at: number,
  sum: number,
  count: number,
  min: number,
  max: number,
  last: number,
): void {
  out.columns[SUM]![at] = sum;
  out.columns[COUNT]![at] = count;
  out.columns[MIN]![at] = min;
  out.columns[MAX]![at] = max;
  out.columns[LAST]![at] = last;
}

/**
 * The values that a query sees of one row of summaries. A slot counts as known when at least `xFilesFactor` of the
 * finest slots in it are known; `finestPerSlot` is how many there are.
 */
export function summaryValues(
  block: ColumnBlock,
  row: number,
  method: AggregationMethod,
  finestPerSlot: number,
  xFilesFactor: number,
): Float64Array {
  const values = new Float64Array(block.slots).fill(Number.NaN);
  const [sum, count, min, max, last] = block.columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let slot = 0; slot < block.slots; slot++) {
    const at = row * block.slots + slot;
    const known = count[at]!;
    if (!(known > 0) || known / finestPerSlot < xFilesFactor) continue;
    values[slot] = summaryValue(
      method,
      { sum: sum[at]!, count: known, min: min[at]!, max: max[at]!, last: last[at]! },
      finestPerSlot,
    );
  }
  return values;
}
