/**
 * What a read fills: for each series a row of slots, for each column of the level one such table.
 *
 *     columns[c]   ┌ row 0: slot 0 … slots−1 ┐┌ row 1 … ┐ …      NaN = no value
 */
export interface ColumnBlock {
  readonly rows: number;
  readonly slots: number;
  readonly stepSeconds: number;
  /** Time of slot 0; a multiple of the step. */
  readonly startSeconds: number;
  readonly columns: readonly Float64Array[];
}

export function columnBlock(
  rows: number,
  slots: number,
  stepSeconds: number,
  startSeconds: number,
  columns: number,
): ColumnBlock {
  const make = (): Float64Array => new Float64Array(rows * slots).fill(Number.NaN);
  return { rows, slots, stepSeconds, startSeconds, columns: Array.from({ length: columns }, make) };
}
