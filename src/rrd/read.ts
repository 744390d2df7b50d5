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
import type { FileHandle, World } from "../core/world.ts";
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
  const handle = await world.files.open(path, "read");
  try {
    await untilQuiet(world, path);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const done = await attemptRead(handle, path, use);
      if (done !== undefined) return done.value;
      if (attempt > ATTEMPTS / 2) await wait(world, 1);
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

async function untilQuiet(world: RrdWorld, path: string): Promise<void> {
  for (let i = 0; i < QUIET_WAITS; i++) {
    const { modifiedMs } = await world.files.stat(path);
    const ageMs = world.clock.wallMs() - modifiedMs;
    if (ageMs < 0 || ageMs >= QUIET_MS) return; // of the future: clocks that don't agree tell nothing
    await wait(world, QUIET_MS - ageMs);
  }
}

function wait({ timers }: RrdWorld, ms: number): Promise<void> {
  return new Promise((resolve) => void timers.after(Math.ceil(ms), resolve));
}

/** Undefined when the header changed meanwhile. An error counts only when it did not. */
async function attemptRead<T>(
  handle: FileHandle,
  path: string,
  use: (file: OpenRrd) => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  const source: RrdSource = { name: path, bytes: await handle.size() };
  if (source.bytes > LIMITS.rrdFileBytes) {
    throw rrdError("RRD_TOO_LARGE", source, `it has ${source.bytes} bytes, more than ${LIMITS.rrdFileBytes}`);
  }
  const first = new Uint8Array(Math.min(FIRST_BYTES, source.bytes));
  let seen: Uint8Array = first;
  let outcome: { readonly value: T } | { readonly error: unknown };
  try {
    await readFully(handle, first, 0, source);
    seen = await readHeader(handle, first, source);
    const header = parseHeader(seen, source);
    const bytes = seen.subarray(0, header.bytes);
    const readRows = (plan: Pick<RowPlan, "ranges">) => readRanges(handle, plan, source);
    outcome = { value: await use({ header, headerBytes: bytes, readRows }) };
    seen = bytes;
  } catch (error) {
    outcome = { error };
  }
  if (await changed(handle, seen)) return undefined;
  if ("error" in outcome) throw outcome.error;
  return outcome;
}

async function readHeader(handle: FileHandle, first: Uint8Array, source: RrdSource): Promise<Uint8Array> {
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
  const now = new Uint8Array(seen.length);
  const got = await handle.read(now, 0);
  return got < seen.length || Buffer.compare(now, seen) !== 0;
}
