/**
 * A segment file, opened for reading. Every byte that is used was covered by a checksum; a page that is damaged is
 * reported, and read as having no values: a gap, never a wrong value.
 *
 * Reads tell `onDamage` what they could not read, and why; when it throws, the read rejects.
 */
import { crc32 } from "node:zlib";
import { errorText, LockstepError } from "../core/errors.ts";
import type { Files } from "../core/world.ts";
import { decodeColumn, MAX_COLUMN } from "./codec.ts";
import { type ColumnBlock, isUntouched, touch } from "./column-block.ts";
import type { OpenFiles } from "./open-files.ts";
import {
  decodePageIndex,
  decodePageTable,
  decodeSegmentFooter,
  decodeSegmentHeader,
  PAGE_ENTRY_BYTES,
  PAGE_SLACK_BYTES,
  type PageTable,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentFooter,
  type SegmentHeader,
} from "./segment-format.ts";

/** Pages nearer than this in the file are read together, up to this much at once; so many such reads are under way. */
const READ_GAP_BYTES = 32 * 1024;
const READ_BYTES = 1024 * 1024;
const READS_AT_ONCE = 8;

const scratch = new Float64Array(MAX_COLUMN);

export type OnDamage = (what: string, error: unknown) => void;

export class Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  readonly bytes: number;
  readonly #footer: SegmentFooter;
  readonly #openFiles: OpenFiles;
  #table: Promise<PageTable> | undefined;

  private constructor(path: string, header: SegmentHeader, footer: SegmentFooter, bytes: number, openFiles: OpenFiles) {
    this.path = path;
    this.header = header;
    this.bytes = bytes;
    this.#footer = footer;
    this.#openFiles = openFiles;
  }

  /** @throws LockstepError `SEGMENT_DAMAGED`, `SEGMENT_VERSION`. */
  static async open(files: Files, openFiles: OpenFiles, path: string): Promise<Segment> {
    const handle = await files.open(path, "read");
    try {
      const size = await handle.size();
      if (size < SEGMENT_HEADER_BYTES + SEGMENT_FOOTER_BYTES) {
        throw new LockstepError("SEGMENT_DAMAGED", `the segment has only ${size} bytes`);
      }
      const header = new Uint8Array(SEGMENT_HEADER_BYTES);
      const footer = new Uint8Array(SEGMENT_FOOTER_BYTES);
      await handle.read(header, 0);
      await handle.read(footer, size - SEGMENT_FOOTER_BYTES);
      return new Segment(path, decodeSegmentHeader(header), decodeSegmentFooter(footer), size, openFiles);
    } finally {
      await handle.close();
    }
  }

  get startSeconds(): number {
    return this.#footer.startSeconds;
  }
  get endSeconds(): number {
    return this.#footer.endSeconds;
  }

  get highestId(): number {
    return this.#footer.highestId;
  }

  /**
   * Fills the places of the block that have no value yet with what the segment holds of these series: a read goes from
   * the newest source to the oldest. `ids` ascend; row i belongs to ids[i].
   */
  async readInto(ids: Int32Array, block: ColumnBlock, onDamage: OnDamage): Promise<void> {
    const table = await this.#tableOr(onDamage);
    if (table === undefined) return;
    const end = block.startSeconds + block.slots * block.stepSeconds;
    const pages = this.#pagesBetween(table, block.startSeconds, end).filter((page) => {
      const first = lowerBound(ids, table.firstId[page]!);
      return first < ids.length && ids[first]! <= table.lastId[page]!;
    });
    await this.#readPages(table, pages, onDamage, (view, at, page) => {
      this.#decodePage(view, at, table.firstId[page]!, table.windowStart[page]!, ids, block);
    });
  }

  /** The series that have values in windows that overlap [start, end), ascending. */
  async idsBetween(startSeconds: number, endSeconds: number, onDamage: OnDamage): Promise<Int32Array> {
    const table = await this.#tableOr(onDamage);
    if (table === undefined) return new Int32Array(0);
    const found: number[] = [];
    const pages = this.#pagesBetween(table, startSeconds, endSeconds);
    await this.#readPages(table, pages, onDamage, (view, at, page) => {
      const { count, ids } = decodePageIndex(view, at, table.firstId[page]!, this.header.columns);
      for (let i = 0; i < count; i++) found.push(ids[i]!);
    });
    return sortedUnique(Int32Array.from(found));
  }

  /** Where the windows begin that the segment has pages of, ascending; undefined when it can't be read. */
  async windowStarts(onDamage: OnDamage): Promise<readonly number[] | undefined> {
    const table = await this.#tableOr(onDamage);
    return table === undefined ? undefined : [...new Set(table.windowStart)];
  }

  async #tableOr(onDamage: OnDamage): Promise<PageTable | undefined> {
    try {
      this.#table ??= this.#loadTable();
      return await this.#table;
    } catch (error) {
      this.#table = undefined;
      onDamage(`${this.path}: ${errorText(error)}`, error);
      return undefined;
    }
  }

  #loadTable(): Promise<PageTable> {
    const bytes = new Uint8Array(this.#footer.pages * PAGE_ENTRY_BYTES);
    return this.#openFiles.with(this.path, async (handle) => {
      await handle.read(bytes, this.#footer.tableOffset);
      return decodePageTable(bytes, this.#footer);
    });
  }

  /** Pages whose window overlaps [start, end). */
  #pagesBetween(table: PageTable, startSeconds: number, endSeconds: number): number[] {
    const span = this.header.windowSlots * this.header.stepSeconds;
    const pages: number[] = [];
    for (let page = lowerBound(table.windowStart, startSeconds - span + 1); page < table.length; page++) {
      if (table.windowStart[page]! >= endSeconds) break;
      pages.push(page);
    }
    return pages;
  }

  /** Reads pages, neighbours together, and calls for each that is whole, in no particular order. */
  async #readPages(table: PageTable, pages: readonly number[], onDamage: OnDamage, onPage: OnPage): Promise<void> {
    const runs: (readonly number[])[] = [];
    for (let i = 0; i < pages.length; ) {
      const next = endOfRun(table, pages, i);
      runs.push(pages.slice(i, next));
      i = next;
    }
    if (runs.length === 1) return this.#readRun(table, runs[0]!, onDamage, onPage);
    let begun = 0;
    const work = async (): Promise<void> => {
      while (begun < runs.length) await this.#readRun(table, runs[begun++]!, onDamage, onPage);
    };
    await Promise.all(Array.from({ length: Math.min(READS_AT_ONCE, runs.length) }, work));
  }

  async #readRun(table: PageTable, pages: readonly number[], onDamage: OnDamage, onPage: OnPage): Promise<void> {
    const start = table.offset[pages[0]!]!;
    const last = pages.at(-1)!;
    const length = table.offset[last]! + table.bytes[last]! - start;
    const bytes = takeBuffer(length + PAGE_SLACK_BYTES);
    try {
      await this.#openFiles.with(this.path, (handle) => handle.read(bytes.subarray(0, length), start));
    } catch (error) {
      onDamage(`${this.path}: ${errorText(error)}`, error);
      return;
    }
    const view = new DataView(bytes.buffer);
    for (const page of pages) {
      const at = table.offset[page]! - start;
      if (crc32(bytes.subarray(at, at + table.bytes[page]!)) === table.checksum[page]) onPage(view, at, page);
      else {
        const what = `page ${page} (window ${table.windowStart[page]}) fails its checksum`;
        onDamage(`${this.path}: ${what}`, new LockstepError("SEGMENT_DAMAGED", what));
      }
    }
    giveBuffer(bytes);
  }

  #decodePage(
    view: DataView,
    at: number,
    firstId: number,
    windowStart: number,
    ids: Int32Array,
    block: ColumnBlock,
  ): void {
    const index = decodePageIndex(view, at, firstId, this.header.columns);
    let row = lowerBound(ids, firstId);
    for (let i = 0; i < index.count && row < ids.length; i++) {
      const id = index.ids[i]!;
      while (row < ids.length && ids[row]! < id) row++;
      if (ids[row] !== id) continue;
      this.#decodeRow(view, at, index.columnAt, i, windowStart, block, row);
    }
  }

  /** Lays a series' columns of a window under a row of the block: only where it has no values yet. */
  #decodeRow(
    view: DataView,
    at: number,
    columnAt: Int32Array,
    i: number,
    windowStart: number,
    block: ColumnBlock,
    row: number,
  ): void {
    const { windowSlots, stepSeconds, columns } = this.header;
    const shift = (windowStart - block.startSeconds) / stepSeconds;
    const first = Math.max(0, -shift);
    const last = Math.min(windowSlots, block.slots - shift);
    const untouched = isUntouched(block, row, shift + first, shift + last);
    touch(block, row, shift + first, shift + last);
    const base = row * block.slots + shift;
    for (let c = 0; c < block.columns.length; c++) {
      const column = i * columns + c;
      if (columnAt[column + 1] === columnAt[column]) continue;
      const out = block.columns[c]!;
      const from = at + columnAt[column]!;
      if (untouched && first === 0 && last === windowSlots) decodeColumn(view, from, windowSlots, out, base);
      else {
        decodeColumn(view, from, windowSlots, scratch, 0);
        if (untouched) out.set(scratch.subarray(first, last), base + first);
        else fillGaps(scratch, first, last, out, base);
      }
    }
  }
}

/** Large reads use each other's buffers: they would be most of what a query leaves to the garbage collector. */
const buffers: Uint8Array<ArrayBuffer>[] = [];
const BUFFER_BYTES = READ_BYTES + PAGE_SLACK_BYTES;
const SMALL_BYTES = 64 * 1024;

function takeBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes <= SMALL_BYTES || bytes > BUFFER_BYTES) return new Uint8Array(bytes);
  return buffers.pop() ?? new Uint8Array(BUFFER_BYTES);
}

function giveBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  if (buffer.length === BUFFER_BYTES && buffers.length < READS_AT_ONCE) buffers.push(buffer);
}

/** Called with a page's bytes, which begin at `at`, and its number in the table. */
type OnPage = (view: DataView, at: number, page: number) => void;

function fillGaps(values: Float64Array, first: number, last: number, out: Float64Array, base: number): void {
  for (let slot = first; slot < last; slot++) {
    if (Number.isNaN(out[base + slot]!)) out[base + slot] = values[slot]!;
  }
}

function endOfRun(table: PageTable, pages: readonly number[], from: number): number {
  const start = table.offset[pages[from]!]!;
  let end = start + table.bytes[pages[from]!]!;
  let next = from + 1;
  for (; next < pages.length; next++) {
    const page = pages[next]!;
    if (table.offset[page]! - end > READ_GAP_BYTES || table.offset[page]! + table.bytes[page]! - start > READ_BYTES)
      break;
    end = table.offset[page]! + table.bytes[page]!;
  }
  return next;
}

/** The first index whose value is not below `value`. */
export function lowerBound(sorted: Int32Array | Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function sortedUnique(ids: Int32Array): Int32Array {
  ids.sort();
  let n = 0;
  for (let i = 0; i < ids.length; i++) if (i === 0 || ids[i] !== ids[i - 1]) ids[n++] = ids[i]!;
  return ids.slice(0, n);
}
