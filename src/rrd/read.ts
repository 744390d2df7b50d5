/**
 * Reads an RRD file that others write to: the header first, then only the bytes that are asked for, then the header
 * again. When it changed meanwhile, all of it is done again.
 *
 *     header ──► rows ──► header ──► the same: done
 *        ▲                   │
 *        └──── changed ──────┘
 *
 * rrdtool moves an archive's pointer before it writes the row, and the time of the last update after all rows: whoever
 * reads in between sees a header that stands still and is wrong, by a row. It takes microseconds, unless the writer has
 * to wait for a disk. So a file that was written to a moment ago is not read before it has been left alone for a while.
 * rrdtool holds a lock of POSIX meanwhile, which can't be asked for from here.
 */
import { LIMITS } from "../core/limits.ts";
import type { FileHandle, FileStat, World } from "../core/world.ts";
import { type RrdSource, rrdError } from "./errors.ts";
import type { RowPlan } from "./fetch.ts";
import { parseHeader, type RrdHeader } from "./header.ts";
import { headerBytes, PREFIX_BYTES } from "./outline.ts";

export interface OpenRrd {
  readonly header: RrdHeader;
  /** The header as it is in the file, `header.bytes` long. */
  readonly headerBytes: Uint8Array;
  /** The rows of a plan that the file holds, in order of time: a value of eight bytes per data source. */
  readRows(plan: Pick<RowPlan, "ranges">): Promise<Uint8Array>;
}

export type RrdWorld = Pick<World, "files" | "clock" | "timers">;

const ATTEMPTS = 50;
/** How long a file has to have been left alone, and for how many times that we wait for it. */
const QUIET_MS = 20;
const QUIET_WAITS = 10;
/** What is read at first: more than a prefix, since it holds most headers whole. */
const FIRST_BYTES = 16_384;

/**
 * @param use may be called several times; what it returned last counts.
 * @throws LockstepError with a code of `RrdErrorCode`; the system's error when the file can't be opened or read.
 */
export async function readRrd<T>(world: RrdWorld, path: string, use: (file: OpenRrd) => Promise<T>): Promise<T> {
  let { bytes } = await quietStat(world, path);
  const handle = await world.files.open(path, "read");
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const done = await attemptRead(handle, { name: path, bytes }, use);
      if (done !== undefined) return done.value;
      if (attempt > ATTEMPTS / 2) await wait(world, 1);
      bytes = await handle.size();
    }
    throw rrdError("RRD_CHANGING", { name: path }, `it was written to during each of ${ATTEMPTS} attempts`);
  } finally {
    await handle.close();
  }
}

/** The same for a file that is in memory. */
export function rrdOfBytes(bytes: Uint8Array, name: string): OpenRrd {
  const header = parseHeader(bytes, { name, bytes: bytes.length });
  return {
    header,
    headerBytes: bytes.subarray(0, header.bytes),
    readRows: async ({ ranges }) =>
      new Uint8Array(Buffer.concat(ranges.map((r) => bytes.subarray(r.at, r.at + r.bytes)))),
  };
}

async function quietStat(world: RrdWorld, path: string): Promise<FileStat> {
  for (let i = 1; ; i++) {
    const stat = await world.files.stat(path);
    const ageMs = world.clock.wallMs() - stat.modifiedMs;
    const quiet = ageMs < 0 || ageMs >= QUIET_MS; // of the future: clocks that don't agree tell nothing
    if (quiet || i > QUIET_WAITS) return stat;
    await wait(world, QUIET_MS - ageMs);
  }
}

function wait({ timers }: RrdWorld, ms: number): Promise<void> {
  return new Promise((resolve) => void timers.after(Math.ceil(ms), resolve));
}

/** Undefined when the file changed meanwhile. An error counts only when it did not. */
async function attemptRead<T>(
  handle: FileHandle,
  source: RrdSource,
  use: (file: OpenRrd) => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  let seen = new Uint8Array();
  const look = (bytes: Uint8Array<ArrayBuffer>) => {
    seen = bytes;
  };
  try {
    const value = await readOnce(handle, source, look, use);
    return (await changed(handle, seen)) ? undefined : { value };
  } catch (error) {
    if ((await changed(handle, seen)) || (await handle.size()) !== source.bytes) return undefined;
    throw error;
  }
}

/** @param look is shown the bytes of the header, as soon as they are read, to be compared later. */
async function readOnce<T>(
  handle: FileHandle,
  source: RrdSource,
  look: (bytes: Uint8Array<ArrayBuffer>) => void,
  use: (file: OpenRrd) => Promise<T>,
): Promise<T> {
  if (source.bytes > LIMITS.rrdFileBytes) {
    throw rrdError("RRD_TOO_LARGE", source, `it has ${source.bytes} bytes, more than ${LIMITS.rrdFileBytes}`);
  }
  const first = new Uint8Array(Math.min(FIRST_BYTES, source.bytes));
  await readFully(handle, first, 0, source);
  look(first);
  const all = await readHeader(handle, first, source);
  const header = parseHeader(all, source);
  const bytes = all.subarray(0, header.bytes);
  look(bytes);
  return use({ header, headerBytes: bytes, readRows: (plan) => readRanges(handle, plan, source) });
}

async function readHeader(
  handle: FileHandle,
  first: Uint8Array<ArrayBuffer>,
  source: RrdSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = headerBytes(first.subarray(0, PREFIX_BYTES), source);
  if (bytes <= first.length) return first;
  const all = new Uint8Array(bytes);
  await readFully(handle, all, 0, source);
  return all;
}

async function readRanges(
  handle: FileHandle,
  { ranges }: Pick<RowPlan, "ranges">,
  source: RrdSource,
): Promise<Uint8Array> {
  const rows = new Uint8Array(ranges.reduce((sum, { bytes }) => sum + bytes, 0));
  let filled = 0;
  for (const { at, bytes } of ranges) {
    await readFully(handle, rows.subarray(filled, filled + bytes), at, source);
    filled += bytes;
  }
  return rows;
}

async function readFully(handle: FileHandle, into: Uint8Array, at: number, source: RrdSource): Promise<void> {
  const got = await handle.read(into, at);
  if (got === into.length) return;
  throw rrdError("RRD_TRUNCATED", source, `it ends at byte ${at + got}, and had ${source.bytes} bytes a moment ago`);
}

async function changed(handle: FileHandle, seen: Uint8Array): Promise<boolean> {
  if (seen.length === 0) return false; // nothing was read yet
  const now = new Uint8Array(seen.length);
  const got = await handle.read(now, 0);
  return got < seen.length || Buffer.compare(now, seen) !== 0;
}
