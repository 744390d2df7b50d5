/**
 * Which rows answer a question, and where in the file they are: as `rrdtool fetch` chooses them (rrd_fetch_fn).
 *
 * A row's time is the end of the span that it stands for. An archive is a ring; its newest row is the one for the last
 * whole span before the last update:
 *
 *     in the file     │ 4  5  6  7 │ 1  2  3 │        currentRow is the one of 7
 *     in time          older ◄── 1  2  3  4  5  6  7 ──► not there yet
 *                       before │       held        │ after
 *
 * Rows that were asked for and that the archive does not hold are unknown; they take no memory here.
 */
import { rrdError } from "./errors.ts";
import { type Archive, type ConsolidationFunction, PLAIN_FUNCTIONS, type RrdHeader } from "./header.ts";

export interface FetchRequest {
  readonly function: ConsolidationFunction;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** The row length that is wished for; the archive nearest to it is chosen among those that reach back far enough. */
  readonly resolutionSeconds: number;
}

/** The rows after `startSeconds`, up to `endSeconds`, both multiples of the archive's row length. */
export interface RowPlan {
  readonly archive: Archive;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Unknown rows that are older than the archive. */
  readonly before: number;
  readonly held: number;
  /** Unknown rows that are newer than the last update. */
  readonly after: number;
  /** Where the rows held are, in order of time: none, one, or two when they go around the end of the ring. */
  readonly ranges: readonly ByteRange[];
}

export interface ByteRange {
  readonly at: number;
  readonly bytes: number;
}

/** @throws LockstepError `RRD_NO_ARCHIVE`, `RRD_RANGE`. */
export function planFetch(header: RrdHeader, request: FetchRequest): RowPlan {
  const { startSeconds, endSeconds } = request;
  if (!(startSeconds >= 0 && startSeconds <= endSeconds && endSeconds < Number.MAX_SAFE_INTEGER)) {
    throw rrdError("RRD_RANGE", header.source, `the start (${startSeconds}) should be before the end (${endSeconds})`);
  }
  const archive = chooseArchive(header, request);
  const { rowSeconds } = archive;
  // An end on a boundary still gets the row after it, as rrdtool has it.
  return planRows(header, archive, floorTo(startSeconds, rowSeconds), floorTo(endSeconds, rowSeconds) + rowSeconds);
}

/** All rows that an archive holds. */
export function planArchive(header: RrdHeader, archive: Archive): RowPlan {
  const newest = newestRowSeconds(header, archive);
  return planRows(header, archive, newest - archive.rows * archive.rowSeconds, newest);
}

/** The rows of an archive after `startSeconds`, up to `endSeconds`; both are multiples of its row length. */
export function planRows(header: RrdHeader, archive: Archive, startSeconds: number, endSeconds: number): RowPlan {
  const { rowSeconds, rows } = archive;
  const newest = newestRowSeconds(header, archive);
  // Rows are numbered by age: 0 is the oldest one held, `rows` is the first that is not there yet.
  const first = (startSeconds + rowSeconds - newest) / rowSeconds + rows - 1;
  const end = (endSeconds - newest) / rowSeconds + rows;
  const from = Math.min(Math.max(first, 0), rows);
  const to = Math.min(Math.max(end, from), rows);
  const before = Math.max(0, Math.min(end, 0) - first);
  const held = to - from;
  const after = end - first - before - held;
  const ranges = rangesOf(header, archive, from, held);
  return { archive, startSeconds, endSeconds, before, held, after, ranges };
}

/** The time of the newest row that an archive holds. */
export function newestRowSeconds({ lastUpdate }: RrdHeader, { rowSeconds }: Pick<Archive, "rowSeconds">): number {
  return floorTo(lastUpdate.seconds, rowSeconds);
}

/**
 * The archive that rrdtool would take: of those that reach back to the start, the one whose rows are nearest to the
 * length wished for; if none does, the one that has most of the range. The first of equals.
 */
export function chooseArchive(header: RrdHeader, request: FetchRequest): Archive {
  const candidates = header.archives.filter((archive) => answers(archive, request.function));
  if (candidates.length === 0) {
    const there = [...new Set(header.archives.map((archive) => archive.function))].join(", ");
    throw rrdError("RRD_NO_ARCHIVE", header.source, `it has no archive for ${request.function}, only for ${there}`);
  }
  const distance = (archive: Archive) => Math.abs(request.resolutionSeconds - archive.rowSeconds);
  const missing = (archive: Archive) => Math.max(0, archiveStart(header, archive) - request.startSeconds);
  return candidates.reduce((best, archive) => {
    const less = missing(archive) - missing(best);
    return less < 0 || (less === 0 && distance(archive) < distance(best)) ? archive : best;
  });
}

/** Rows of one step are the same whatever the function that consolidates them. */
function answers(archive: Archive, wanted: ConsolidationFunction): boolean {
  if (archive.function === wanted) return true;
  return archive.stepsPerRow === 1 && isPlain(wanted) && isPlain(archive.function);
}

function isPlain(name: ConsolidationFunction): boolean {
  return PLAIN_FUNCTIONS.some((plain) => plain === name);
}

function archiveStart(header: RrdHeader, archive: Archive): number {
  return newestRowSeconds(header, archive) - archive.rows * archive.rowSeconds;
}

/** `held` rows from the one numbered `from`. */
function rangesOf({ dataSources }: RrdHeader, archive: Archive, from: number, held: number): ByteRange[] {
  const rowBytes = dataSources.length * 8;
  const position = (archive.currentRow + 1 + from) % archive.rows;
  const straight = Math.min(held, archive.rows - position);
  const pieces = [
    { at: archive.at + position * rowBytes, bytes: straight * rowBytes },
    { at: archive.at, bytes: (held - straight) * rowBytes },
  ];
  return pieces.filter(({ bytes }) => bytes > 0);
}

function floorTo(seconds: number, multiple: number): number {
  return seconds - (seconds % multiple);
}
