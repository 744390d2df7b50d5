/** One line of the benchmark report. */
export interface BenchRow {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
  readonly note: string;
  readonly target?: Target;
  /** It should have been measured, or came out wrong: the run as a whole fails. */
  readonly failed?: boolean;
}

export interface Target {
  readonly want: string;
  readonly met: boolean;
}

export type BenchSize = "small" | "full";

/** Rows of a part; if it fails, a row that says so, so that the other parts are measured all the same. */
export async function attempt(name: string, measure: () => Promise<BenchRow[]>): Promise<BenchRow[]> {
  try {
    console.error(`bench: ${name} …`);
    return await measure();
  } catch (error) {
    return [notMeasured(name, error)];
  }
}

export function notMeasured(name: string, error: unknown): BenchRow {
  const why = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").replaceAll("|", "/");
  return { name, ours: "", peer: "", ratio: "", note: `not measured: ${why.slice(0, 600)}`, failed: true };
}

/** How many times better ours is; a peer that was not measured has no figure. */
export function ratio(better: number, worse: number | undefined): string {
  if (worse === undefined) return "";
  const times = better / worse;
  if (!Number.isFinite(times)) return "";
  return `${times < 10 ? times.toFixed(1) : times.toFixed(0)}×`;
}

export function million(count: number): string {
  return count < 1e5 ? `${(count / 1e3).toFixed(1)} k` : `${(count / 1e6).toFixed(2)} M`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
