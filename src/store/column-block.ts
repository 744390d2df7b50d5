/**
 * What a read fills: for each series a row of slots, for each column of the level one such table.
 *
 *     columns[c]   ┌ row 0: slot 0 … slots−1 ┐┌ row 1 … ┐ …      NaN = no value
 */
import type { ColumnLease } from "../core/column-pool.ts";

export interface ColumnBlock {
  readonly rows: number;
  readonly slots: number;
  readonly stepSeconds: number;
  /** Time of slot 0; a multiple of the step. */
  readonly startSeconds: number;
  readonly columns: readonly Float64Array[];
  /** By row, the first slot that something has been put into, and the one after the last: outside, all is empty. */
  readonly touchedFrom: Int32Array;
  readonly touchedTo: Int32Array;
}

/** Whether nothing has been put into the slots [from, to) of a row yet. */
export function isUntouched(block: ColumnBlock, row: number, from: number, to: number): boolean {
  return from >= block.touchedTo[row]! || to <= block.touchedFrom[row]!;
}

/** Something is being put into the slots [from, to) of a row. */
export function touch(block: ColumnBlock, row: number, from: number, to: number): void {
  if (from < block.touchedFrom[row]!) block.touchedFrom[row] = from;
  if (to > block.touchedTo[row]!) block.touchedTo[row] = to;
}

export function columnBlock(
  rows: number,
  slots: number,
  stepSeconds: number,
  startSeconds: number,
  columns: number,
  lease?: ColumnLease,
): ColumnBlock {
  const length = rows * slots;
  const make = (): Float64Array => lease?.take(length) ?? new Float64Array(length).fill(Number.NaN);
  return {
    rows,
    slots,
    stepSeconds,
    startSeconds,
    columns: Array.from({ length: columns }, make),
    touchedFrom: new Int32Array(rows).fill(slots),
    touchedTo: new Int32Array(rows),
  };
}
