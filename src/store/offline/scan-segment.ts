/** Reads a segment file whole: every checksum, every column. What is damaged is told, page by page. */
import { crc32 } from "node:zlib";
import { errorText, LockstepError } from "../../core/errors.ts";
import type { FileHandle, Files } from "../../core/world.ts";
import { decodeColumn, MAX_COLUMN } from "../codec.ts";
import {
  decodePageIndex,
  decodePageTable,
  decodeSegmentFooter,
  decodeSegmentHeader,
  PAGE_ENTRY_BYTES,
  PAGE_SERIES,
  PAGE_SLACK_BYTES,
  type PageEntry,
  type PageTable,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentFooter,
  type SegmentHeader,
} from "../segment-format.ts";

export interface SegmentScan {
  /** Why the file can't be read at all. */
  readonly broken: LockstepError | undefined;
  /** Of a file that can be read. */
  readonly header?: SegmentHeader;
  readonly footer?: SegmentFooter;
  readonly goodPages: readonly PageEntry[];
  readonly badPages: readonly BadPage[];
  /** Slots that have a value. */
  readonly points: number;
}

export interface BadPage extends PageEntry {
  readonly what: string;
}

/** Pages are read together up to this much. */
const CHUNK_BYTES = 1024 * 1024;

const scratch = new Float64Array(MAX_COLUMN);

export async function scanSegment(files: Files, path: string): Promise<SegmentScan> {
  const handle = await files.open(path, "read");
  try {
    const outline = await readOutline(handle);
    if (outline instanceof LockstepError) return { broken: outline, goodPages: [], badPages: [], points: 0 };
    return { broken: undefined, ...outline, ...(await scanPages(handle, outline)) };
  } finally {
    await handle.close();
  }
}

interface SegmentOutline {
  readonly header: SegmentHeader;
  readonly footer: SegmentFooter;
  readonly table: PageTable;
}

async function readOutline(handle: FileHandle): Promise<SegmentOutline | LockstepError> {
  try {
    const size = await handle.size();
    if (size < SEGMENT_HEADER_BYTES + SEGMENT_FOOTER_BYTES) {
      throw new LockstepError("SEGMENT_DAMAGED", `the segment has only ${size} bytes`);
    }
    const header = decodeSegmentHeader(await readExactly(handle, 0, SEGMENT_HEADER_BYTES));
    const footer = decodeSegmentFooter(await readExactly(handle, size - SEGMENT_FOOTER_BYTES, SEGMENT_FOOTER_BYTES));
    const tableBytes = footer.pages * PAGE_ENTRY_BYTES;
    if (footer.tableOffset + tableBytes + SEGMENT_FOOTER_BYTES !== size) {
      const want = footer.tableOffset + tableBytes + SEGMENT_FOOTER_BYTES;
      throw new LockstepError("SEGMENT_DAMAGED", `the segment has ${size} bytes, and had ${want}`);
    }
    const table = decodePageTable(await readExactly(handle, footer.tableOffset, tableBytes), footer);
    return { header, footer, table };
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
}

async function readExactly(handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, await handle.read(bytes, at));
}

async function scanPages(
  handle: FileHandle,
  { header, table }: SegmentOutline,
): Promise<Pick<SegmentScan, "goodPages" | "badPages" | "points">> {
  const goodPages: PageEntry[] = [];
  const badPages: BadPage[] = [];
  let points = 0;
  let chunk = new Uint8Array(0);
  let chunkAt = 0;
  for (let i = 0; i < table.length; i++) {
    const entry = entryOf(table, i);
    const { offset, bytes } = entry;
    if (offset < chunkAt || offset + bytes > chunkAt + chunk.length) {
      chunkAt = offset;
      chunk = new Uint8Array(Math.max(bytes, CHUNK_BYTES));
      const got = await handle.read(chunk, chunkAt);
      if (got < bytes) chunk.fill(0, got);
    }
    const page = new Uint8Array(bytes + PAGE_SLACK_BYTES);
    page.set(chunk.subarray(offset - chunkAt, offset - chunkAt + bytes));
    const read = readPage(page, entry, header);
    if (typeof read === "number") {
      points += read;
      goodPages.push(entry);
    } else badPages.push({ ...entry, ...read });
  }
  return { goodPages, badPages, points };
}

function entryOf(table: PageTable, i: number): PageEntry {
  return {
    windowStart: table.windowStart[i]!,
    firstId: table.firstId[i]!,
    lastId: table.lastId[i]!,
    offset: table.offset[i]!,
    bytes: table.bytes[i]!,
    checksum: table.checksum[i]!,
  };
}

/** The slots of a page that have a value, or what is wrong with it. `page` has slack behind its bytes. */
function readPage(page: Uint8Array, entry: PageEntry, header: SegmentHeader): number | { readonly what: string } {
  if (crc32(page.subarray(0, entry.bytes)) !== entry.checksum) return { what: "its checksum does not match" };
  try {
    return decodePage(new DataView(page.buffer), entry, header);
  } catch (error) {
    return { what: `its checksum matches, but it makes no sense: ${errorText(error)}` };
  }
}

function decodePage(view: DataView, { firstId, lastId, bytes }: PageEntry, header: SegmentHeader): number {
  const { columns, windowSlots } = header;
  const { count, ids, columnAt } = decodePageIndex(view, 0, firstId, columns);
  if (count < 1 || count > PAGE_SERIES) throw new Error(`it has ${count} series`);
  if (ids[count - 1] !== lastId) throw new Error(`its last series is ${ids[count - 1]}, not ${lastId}`);
  if (columnAt[count * columns] !== bytes) throw new Error(`its columns end at ${columnAt[count * columns]}`);
  let points = 0;
  for (let c = 0; c < count * columns; c++) {
    const at = columnAt[c]!;
    const next = columnAt[c + 1]!;
    if (at === next) continue;
    const end = decodeColumn(view, at, windowSlots, scratch, 0);
    if (end !== next) throw new Error(`column ${c} ends at ${end}, not at ${next}`);
    if (c % columns === 0) for (let i = 0; i < windowSlots; i++) if (!Number.isNaN(scratch[i]!)) points++;
  }
  return points;
}
