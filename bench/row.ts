/** One line of the benchmark report. */
export interface BenchRow {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
  readonly note: string;
}
