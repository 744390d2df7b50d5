/**
 * When each series had its first and its last value, so that a search can be limited to a range of time, and so that
 * series which nobody has fed for longer than their values are kept can go. What is still in the head is not here yet:
 * windows tell when they close, late points when they are seen, and after a start the log.
 *
 *     id        0      1      2                        docs/formats/lifetimes.md draws the file
 *     first   ┌──────┬──────┬──────┐
 *             │ 1200 │ none │  800 │   none: no value yet; `last` is when the series was made then
 *     last    ├──────┼──────┼──────┤
 *             │ 4790 │ 3000 │  950 │
 *             └──────┴──────┴──────┘
 *
 * The file may be older than what is on disk only as far as the log reaches back: it is written before a log goes
 * (partition.ts). Without a file every series counts as alive since ever: too many are found, never too few.
 */
import { crc32 } from "node:zlib";
import { errorCode, errorText } from "../core/errors.ts";
import type { SeriesId } from "../core/series-store.ts";
import type { FileHandle, Files } from "../core/world.ts";

/** Its name in the store. */
export const LIFETIMES_FILE = "lifetimes";

const MAGIC = "LKLT";
const VERSION = 1;
const HEADER_BYTES = 16;
const BLOCK_SERIES = 65_536;
/** `first` of a series that had no value yet. */
const NONE = 0xffff_ffff;

export class Lifetimes {
  #first = new Uint32Array(1024).fill(NONE);
  #last = new Uint32Array(1024);
  /** Ids that something is known about are below. */
  #count = 0;
  #changed = false;

  get memoryBytes(): number {
    return this.#first.byteLength * 2;
  }

  /** Whether something is known that the file doesn't have. */
  get changed(): boolean {
    return this.#changed;
  }

  /** A new series; once it has a value this says nothing any more. */
  made(id: SeriesId, seconds: number): void {
    this.#reach(id);
    if (this.#first[id] === NONE) this.#last[id] = seconds;
    this.#changed = true;
  }

  /** Series up to this one are there; those of which nothing is known are new. */
  madeUpTo(ids: number, seconds: number): void {
    for (let id = this.#count; id < ids; id++) this.made(id, seconds);
  }

  /** The series had values at these times, the first and the last of some. */
  extend(id: SeriesId, first: number, last: number): void {
    this.#reach(id);
    const known = this.#first[id]!;
    if (first < known) this.#first[id] = first;
    if (known === NONE || last > this.#last[id]!) this.#last[id] = last;
    this.#changed = true;
  }

  /** Nothing is known of the series before this time: they count as alive since ever. */
  assume(ids: number, untilSeconds: number): void {
    for (let id = 0; id < ids; id++) this.extend(id, 0, untilSeconds);
  }

  /** Whether the series may have had a value in the range, both ends included. */
  overlaps(id: SeriesId, fromSeconds: number, untilSeconds: number): boolean {
    const first = this.#first[id];
    return first !== undefined && first !== NONE && first <= untilSeconds && this.#last[id]! >= fromSeconds;
  }

  /** Whether the series had its last value, or was made, before this time. */
  unseenSince(id: SeriesId, seconds: number): boolean {
    return id < this.#count && this.#last[id]! < seconds;
  }

  #reach(id: SeriesId): void {
    if (id < this.#count) return;
    this.#count = id + 1;
    if (id < this.#first.length) return;
    const capacity = Math.max(id + 1, this.#first.length * 2);
    const first = new Uint32Array(capacity).fill(NONE, this.#first.length);
    const last = new Uint32Array(capacity);
    first.set(this.#first);
    last.set(this.#last);
    this.#first = first;
    this.#last = last;
  }

  // ---- the file ---------------------------------------------------------------------------------------------------

  /** Reads the file, in place of what is known of its ids; returns why it can't be used, or undefined. */
  async load(files: Files, path: string): Promise<string | undefined> {
    try {
      const handle = await files.open(path, "read");
      try {
        return await this.#read(handle);
      } finally {
        await handle.close();
      }
    } catch (error) {
      return errorCode(error) === "ENOENT" ? "is missing" : `can't be read: ${errorText(error)}`;
    }
  }

  async #read(handle: FileHandle): Promise<string | undefined> {
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    const got = await handle.read(header, 0);
    if (got < HEADER_BYTES || String.fromCharCode(...header.subarray(0, 4)) !== MAGIC) return "is no list of lifetimes";
    if (view.getUint16(4, true) > VERSION) return `has version ${view.getUint16(4, true)}, known is up to ${VERSION}`;
    const count = view.getUint32(8, true);
    if (crc32(header.subarray(0, 12)) !== view.getUint32(12, true)) return "is damaged in its header";
    if ((await handle.size()) !== HEADER_BYTES + count * 8 + Math.ceil(count / BLOCK_SERIES) * 4) return "is cut";
    const first = new Uint32Array(count);
    const last = new Uint32Array(count);
    let position = HEADER_BYTES;
    for (let from = 0; from < count; from += BLOCK_SERIES) {
      const series = Math.min(BLOCK_SERIES, count - from);
      const block = new Uint8Array(4 + series * 8);
      await handle.read(block, position);
      if (crc32(block.subarray(4)) !== new DataView(block.buffer).getUint32(0, true))
        return `is damaged at ${position}`;
      first.set(new Uint32Array(block.buffer, 4, series), from);
      last.set(new Uint32Array(block.buffer, 4 + series * 4, series), from);
      position += block.length;
    }
    if (count > 0) this.#reach(count - 1);
    this.#first.set(first);
    this.#last.set(last);
    return undefined;
  }

  /** Writes the file anew; when that fails the old one is as it was. Calls must not overlap. */
  async save(files: Files, directory: string, path: string): Promise<void> {
    this.#changed = false;
    try {
      const handle = await files.open(`${path}.tmp`, "write");
      try {
        await this.#write(handle);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await files.rename(`${path}.tmp`, path);
      await files.syncDirectory(directory);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }

  /** What changes meanwhile may be in it or not: whoever needs it there saves again. */
  async #write(handle: FileHandle): Promise<void> {
    const count = this.#count;
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    for (let i = 0; i < 4; i++) header[i] = MAGIC.charCodeAt(i);
    view.setUint16(4, VERSION, true);
    view.setUint32(8, count, true);
    view.setUint32(12, crc32(header.subarray(0, 12)), true);
    await handle.write(header, 0);
    let position = HEADER_BYTES;
    for (let from = 0; from < count; from += BLOCK_SERIES) {
      const to = Math.min(from + BLOCK_SERIES, count);
      const block = new Uint8Array(4 + (to - from) * 8);
      new Uint32Array(block.buffer, 4, to - from).set(this.#first.subarray(from, to));
      new Uint32Array(block.buffer, 4 + (to - from) * 4, to - from).set(this.#last.subarray(from, to));
      new DataView(block.buffer).setUint32(0, crc32(block.subarray(4)), true);
      await handle.write(block, position);
      position += block.length;
    }
  }
}
