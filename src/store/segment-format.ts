/**
 * The bytes of a segment file: immutable columns of many series over one or more windows of time.
 * docs/formats/segment.md draws it.
 *
 *     ┌──────────┬────────┬────────┬─ ─┬────────────┬──────────┐
 *     │ header 64│ page 0 │ page 1 │   │ page table │ footer 40│
 *     └──────────┴────────┴────────┴─ ─┴────────────┴──────────┘
 *
 * A page holds up to 64 series of one window: what is read and checksummed as a whole. The page table says where each
 * is; it is small enough to stay in memory. Everything here is pure: bytes in, bytes out.
 */
import { crc32 } from "node:zlib";
import { LockstepError } from "../core/errors.ts";
import { BLOCK_MAX_BYTES, BLOCK_VALUES, packBlock, unpackBlock } from "./bit-packing.ts";
import { DECODE_SLACK_BYTES } from "./codec.ts";

export const SEGMENT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 64;
export const SEGMENT_FOOTER_BYTES = 40;
export const PAGE_ENTRY_BYTES = 32;
/** Series in a page. */
export const PAGE_SERIES = BLOCK_VALUES;

const HEADER_MAGIC = 0x47534b4c; // "LKSG"
const OVERLAY = 1;
const MERGED = 2;
const FOOTER_MAGIC = 0x45534b4c; // "LKSE"

/** Values as they came, or the five columns of a summary. */
export const RAW_COLUMNS = 1;
export const SUMMARY_COLUMNS = 5;

export interface SegmentHeader {
  readonly columns: typeof RAW_COLUMNS | typeof SUMMARY_COLUMNS;
  readonly stepSeconds: number;
  /** Slots of each window. */
  readonly windowSlots: number;
  /** Grows with every segment of a partition: where two hold the same slot, the higher one is right. */
  readonly sequence: number;
  /** An overlay holds late points of windows that other segments cover already. */
  readonly overlay: boolean;
  /** Made of all segments, overlays included, that its windows had when it was made. Never an overlay. */
  readonly merged: boolean;
  /** Late points of all log files up to this number are in segments by now. */
  readonly walThrough: number;
}

/** Where the pages are. Parallel columns, ordered by window, then by series. */
export interface PageTable {
  readonly length: number;
  readonly windowStart: Uint32Array;
  readonly firstId: Int32Array;
  readonly lastId: Int32Array;
  readonly offset: Float64Array;
  readonly bytes: Uint32Array;
  readonly checksum: Uint32Array;
}

export interface SegmentFooter {
  readonly pages: number;
  readonly tableOffset: number;
  readonly tableChecksum: number;
  /** First slot's time, and the end of the last window. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly highestId: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HEADER_MAGIC, true);
  view.setUint16(4, SEGMENT_VERSION, true);
  view.setUint8(6, header.columns);
  view.setUint8(7, header.overlay ? OVERLAY : header.merged ? MERGED : 0);
  view.setUint32(8, header.stepSeconds, true);
  view.setUint32(12, header.windowSlots, true);
  view.setFloat64(16, header.sequence, true);
  view.setFloat64(24, header.walThrough, true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

/** @throws LockstepError `SEGMENT_DAMAGED` or `SEGMENT_VERSION`. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < SEGMENT_HEADER_BYTES || view.getUint32(0, true) !== HEADER_MAGIC)
    throw damaged("header", "no magic");
  if (crc32(bytes.subarray(0, 60)) !== view.getUint32(60, true)) throw damaged("header", "checksum");
  const version = view.getUint16(4, true);
  if (version !== SEGMENT_VERSION) {
    throw new LockstepError(
      "SEGMENT_VERSION",
      `the segment has format version ${version}, this program knows ${SEGMENT_VERSION}`,
    );
  }
  return {
    columns: view.getUint8(6) === RAW_COLUMNS ? RAW_COLUMNS : SUMMARY_COLUMNS,
    overlay: view.getUint8(7) === OVERLAY,
    merged: view.getUint8(7) === MERGED,
    stepSeconds: view.getUint32(8, true),
    windowSlots: view.getUint32(12, true),
    sequence: view.getFloat64(16, true),
    walThrough: view.getFloat64(24, true),
  };
}

export function encodeSegmentFooter(footer: SegmentFooter): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FOOTER_MAGIC, true);
  view.setUint32(4, footer.pages, true);
  view.setFloat64(8, footer.tableOffset, true);
  view.setUint32(16, footer.tableChecksum, true);
  view.setUint32(20, footer.startSeconds, true);
  view.setUint32(24, footer.endSeconds, true);
  view.setInt32(28, footer.highestId, true);
  view.setUint32(36, crc32(bytes.subarray(0, 36)), true);
  return bytes;
}

/** @throws LockstepError `SEGMENT_DAMAGED`. */
export function decodeSegmentFooter(bytes: Uint8Array): SegmentFooter {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < SEGMENT_FOOTER_BYTES || view.getUint32(0, true) !== FOOTER_MAGIC)
    throw damaged("footer", "no magic");
  if (crc32(bytes.subarray(0, 36)) !== view.getUint32(36, true)) throw damaged("footer", "checksum");
  return {
    pages: view.getUint32(4, true),
    tableOffset: view.getFloat64(8, true),
    tableChecksum: view.getUint32(16, true),
    startSeconds: view.getUint32(20, true),
    endSeconds: view.getUint32(24, true),
    highestId: view.getInt32(28, true),
  };
}

export interface PageEntry {
  readonly windowStart: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly offset: number;
  readonly bytes: number;
  readonly checksum: number;
}

export function encodePageTable(entries: readonly PageEntry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * PAGE_ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  entries.forEach((entry, i) => {
    const at = i * PAGE_ENTRY_BYTES;
    view.setUint32(at, entry.windowStart, true);
    view.setInt32(at + 4, entry.firstId, true);
    view.setInt32(at + 8, entry.lastId, true);
    view.setFloat64(at + 12, entry.offset, true);
    view.setUint32(at + 20, entry.bytes, true);
    view.setUint32(at + 24, entry.checksum, true);
  });
  return bytes;
}

/** @throws LockstepError `SEGMENT_DAMAGED` when the table isn't the one that was written. */
export function decodePageTable(bytes: Uint8Array, footer: SegmentFooter): PageTable {
  const length = footer.pages;
  if (bytes.length !== length * PAGE_ENTRY_BYTES || crc32(bytes) !== footer.tableChecksum) {
    throw damaged("page table", "checksum");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const table = {
    length,
    windowStart: new Uint32Array(length),
    firstId: new Int32Array(length),
    lastId: new Int32Array(length),
    offset: new Float64Array(length),
    bytes: new Uint32Array(length),
    checksum: new Uint32Array(length),
  };
  for (let i = 0; i < length; i++) {
    const at = i * PAGE_ENTRY_BYTES;
    table.windowStart[i] = view.getUint32(at, true);
    table.firstId[i] = view.getInt32(at + 4, true);
    table.lastId[i] = view.getInt32(at + 8, true);
    table.offset[i] = view.getFloat64(at + 12, true);
    table.bytes[i] = view.getUint32(at + 20, true);
    table.checksum[i] = view.getUint32(at + 24, true);
  }
  return table;
}

// ---- a page: which series it holds, and where their columns are --------------------------------------------------

const MAX_LENGTHS = PAGE_SERIES * SUMMARY_COLUMNS;
const numbers = new Int32Array(MAX_LENGTHS + BLOCK_VALUES);

/** Room for the index of a page. */
export const PAGE_INDEX_MAX_BYTES = 1 + (1 + Math.ceil(MAX_LENGTHS / BLOCK_VALUES)) * BLOCK_MAX_BYTES;

/**
 * Writes a page's index: the number of series, the gaps between their ids, and the lengths of their columns.
 * `lengths` has `columns` entries per series, series by series. Returns the bytes written.
 */
export function encodePageIndex(
  ids: Int32Array,
  count: number,
  lengths: Int32Array,
  columns: number,
  out: Uint8Array,
): number {
  out[0] = count;
  for (let i = 1; i < count; i++) numbers[i - 1] = ids[i]! - ids[i - 1]! - 1;
  let position = packBlock(numbers, 0, count - 1, out, 1);
  for (let i = 0; i < count * columns; i += BLOCK_VALUES) {
    position = packBlock(lengths, i, Math.min(BLOCK_VALUES, count * columns - i), out, position);
  }
  return position;
}

export interface PageIndex {
  readonly count: number;
  /** Valid until the next page is decoded, as `columnAt`. */
  readonly ids: Int32Array;
  /** Where each column begins in the page; one more entry than there are columns. */
  readonly columnAt: Int32Array;
}

const pageIds = new Int32Array(PAGE_SERIES);
const pageColumnAt = new Int32Array(MAX_LENGTHS + 1);

export function decodePageIndex(view: DataView, position: number, firstId: number, columns: number): PageIndex {
  const start = position;
  const count = view.getUint8(position++);
  position = unpackBlock(view, position, count - 1, numbers, 0);
  pageIds[0] = firstId;
  for (let i = 1; i < count; i++) pageIds[i] = pageIds[i - 1]! + numbers[i - 1]! + 1;
  for (let i = 0; i < count * columns; i += BLOCK_VALUES) {
    position = unpackBlock(view, position, Math.min(BLOCK_VALUES, count * columns - i), numbers, i);
  }
  let at = position - start;
  for (let i = 0; i < count * columns; i++) {
    pageColumnAt[i] = at;
    at += numbers[i]!;
  }
  pageColumnAt[count * columns] = at;
  return { count, ids: pageIds, columnAt: pageColumnAt };
}

/** A page is read into a buffer with this much room behind it. */
export const PAGE_SLACK_BYTES = DECODE_SLACK_BYTES;

function damaged(part: string, what: string): LockstepError {
  return new LockstepError("SEGMENT_DAMAGED", `the segment's ${part} is damaged (${what})`);
}
