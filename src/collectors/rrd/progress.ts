/**
 * Which rows of a file are new: those after the last one that was forwarded, up to the newest one that is complete.
 *
 * An archive is a ring, and its pointer moves on by a row whenever a row of time goes by. So the pointer, less the rows of
 * time since 1970, stays the same for the life of a file. When it does not, the file was read while it was being written,
 * or it is another file, or nothing was written to it for longer than it reaches back.
 */
import { newestRowSeconds, planRows, type RowPlan } from "../../rrd/fetch.ts";
import type { Archive, RrdHeader } from "../../rrd/header.ts";

export interface Progress {
  /** The time of the last row that was forwarded. */
  readonly rowSeconds: number;
  /** What stays the same for the life of a file. */
  readonly identity: string;
}

export interface NewRows {
  readonly plan: RowPlan;
  /** Once they are forwarded. */
  readonly progress: Progress;
  /** It is not the file that it was: begun again. */
  readonly remade: boolean;
}

export interface ProgressLimits {
  /** How far back the first contact with a file goes. */
  readonly backfillSeconds: number;
  readonly rows: number;
}

/** The finest of the averages; where there are none, the finest of what else holds measured values. */
export function chooseForwarded({ archives }: RrdHeader): Archive | undefined {
  for (const wanted of ["AVERAGE", "LAST", "MAX", "MIN"] as const) {
    const candidates = archives.filter((archive) => archive.function === wanted);
    if (candidates.length > 0) return candidates.reduce(finer);
  }
  return undefined;
}

/** The first of equals; of the same rows, the one that has more. */
function finer(a: Archive, b: Archive): Archive {
  if (a.rowSeconds !== b.rowSeconds) return b.rowSeconds < a.rowSeconds ? b : a;
  return b.rows > a.rows ? b : a;
}

export function newRows(
  header: RrdHeader,
  archive: Archive,
  before: Progress | undefined,
  limits: ProgressLimits,
): NewRows {
  const { rowSeconds, rows } = archive;
  const newest = newestRowSeconds(header, archive);
  const identity = identityOf(header, archive, newest);
  const remade = before !== undefined && (before.identity !== identity || newest < before.rowSeconds);
  const backfill = Math.floor(limits.backfillSeconds / rowSeconds) * rowSeconds;
  const wanted = before === undefined || remade ? newest - backfill : before.rowSeconds;
  // The oldest row is the one that a writer without mmap has begun to overwrite before its header says so.
  const start = Math.max(wanted, newest - Math.max(rows - 1, 1) * rowSeconds);
  const end = Math.min(newest, start + limits.rows * rowSeconds);
  return { plan: planRows(header, archive, start, end), progress: { rowSeconds: end, identity }, remade };
}

function identityOf({ dataSources }: RrdHeader, archive: Archive, newest: number): string {
  const { index, rowSeconds, rows, currentRow } = archive;
  const turn = (((currentRow - newest / rowSeconds) % rows) + rows) % rows;
  return [index, rowSeconds, rows, turn, ...dataSources.map(({ name }) => name)].join(" ");
}
