/**
 * Writes one segment file. Pages are built in memory and handed to the file in large pieces; the file gets its name
 * only when everything is on disk, so a crash leaves a `.tmp` that the next start removes.
 */
import { crc32 } from "node:zlib";
import type { FileHandle, Files } from "../core/world.ts";
import { encodeColumn, encodedBound } from "./codec.ts";
import {
  encodePageIndex,
  encodePageTable,
  encodeSegmentFooter,
  encodeSegmentHeader,
  PAGE_INDEX_MAX_BYTES,
  PAGE_SERIES,
  type PageEntry,
  type SegmentHeader,
} from "./segment-format.ts";

const WRITE_BYTES = 1024 * 1024;
/** A page holds so many values or a little less: whoever wants one series reads the whole page. */
const PAGE_VALUES = 8192;
const PAGE_SERIES_LEAST = 8;

export class SegmentWriter {
  readonly #files: Files;
  readonly #path: string;
  readonly #header: SegmentHeader;
  readonly #pages: PageEntry[] = [];
  #handle: FileHandle | undefined;
  /** Encoded columns of the page being built. */
  #columns: Uint8Array;
  #columnsEnd = 0;
  readonly #ids = new Int32Array(PAGE_SERIES);
  readonly #lengths: Int32Array;
  /** Series in a page that is full. */
  readonly #most: number;
  #series = 0;
  #windowStart = 0;
  readonly #index = new Uint8Array(PAGE_INDEX_MAX_BYTES);
  #out = new Uint8Array(WRITE_BYTES);
  #outEnd = 0;
  #written = 0;
  #start = Number.POSITIVE_INFINITY;
  #end = 0;
  #highestId = -1;

  constructor(files: Files, path: string, header: SegmentHeader) {
    this.#files = files;
    this.#path = path;
    this.#header = header;
    const most = Math.floor(PAGE_VALUES / (header.windowSlots * header.columns));
    this.#most = Math.min(PAGE_SERIES, Math.max(PAGE_SERIES_LEAST, most));
    this.#lengths = new Int32Array(PAGE_SERIES * header.columns);
    this.#columns = new Uint8Array(
      PAGE_SERIES * header.columns * 64 + encodedBound(header.windowSlots) * header.columns,
    );
    this.#put(encodeSegmentHeader(header));
  }

  /** True when enough has gathered that `write` should be called before more is added. */
  get full(): boolean {
    return this.#outEnd >= WRITE_BYTES;
  }

  get pages(): number {
    return this.#pages.length;
  }

  /**
   * Adds one series' columns for a window; `columns[c]` holds `windowSlots` values from `from` on. Windows come in
   * order of time, series of a window in order of id. A series without any value is left out.
   */
  add(windowStart: number, id: number, columns: readonly Float64Array[], from: number): void {
    if (windowStart !== this.#windowStart || this.#series === this.#most) this.#finishPage();
    this.#windowStart = windowStart;
    const slots = this.#header.windowSlots;
    const start = this.#columnsEnd;
    this.#reserve(start + encodedBound(slots) * columns.length);
    let position = start;
    for (let c = 0; c < columns.length; c++) {
      const end = encodeColumn(columns[c]!, from, slots, this.#columns, position);
      this.#lengths[this.#series * columns.length + c] = end - position;
      position = end;
    }
    if (position === start) return;
    this.#columnsEnd = position;
    this.#ids[this.#series++] = id;
    if (id > this.#highestId) this.#highestId = id;
  }

  /** Hands what has gathered to the file. */
  async write(): Promise<void> {
    if (this.#handle === undefined) this.#handle = await this.#files.open(`${this.#path}.tmp`, "write");
    if (this.#outEnd === 0) return;
    await this.#handle.write(this.#out.subarray(0, this.#outEnd), this.#written);
    this.#written += this.#outEnd;
    this.#outEnd = 0;
  }

  /** Completes the file under its name; false when there was nothing to write, and then there is no file. */
  async finish(): Promise<boolean> {
    this.#finishPage();
    if (this.#pages.length === 0) {
      await this.abandon();
      return false;
    }
    const table = encodePageTable(this.#pages);
    const tableOffset = this.#written + this.#outEnd;
    this.#put(table);
    this.#put(
      encodeSegmentFooter({
        pages: this.#pages.length,
        tableOffset,
        tableChecksum: crc32(table),
        startSeconds: this.#start,
        endSeconds: this.#end,
        highestId: this.#highestId,
      }),
    );
    await this.write();
    await this.#handle!.sync();
    await this.#handle!.close();
    this.#handle = undefined;
    await this.#files.rename(`${this.#path}.tmp`, this.#path);
    return true;
  }

  /** Gives the file up. */
  async abandon(): Promise<void> {
    if (this.#handle === undefined) return;
    await this.#handle.close();
    this.#handle = undefined;
    await this.#files.unlink(`${this.#path}.tmp`);
  }

  #finishPage(): void {
    const series = this.#series;
    if (series === 0) return;
    const indexBytes = encodePageIndex(this.#ids, series, this.#lengths, this.#header.columns, this.#index);
    const bytes = indexBytes + this.#columnsEnd;
    const at = this.#outEnd;
    this.#put(this.#index.subarray(0, indexBytes));
    this.#put(this.#columns.subarray(0, this.#columnsEnd));
    this.#pages.push({
      windowStart: this.#windowStart,
      firstId: this.#ids[0]!,
      lastId: this.#ids[series - 1]!,
      offset: this.#written + at,
      bytes,
      checksum: crc32(this.#out.subarray(at, at + bytes)),
    });
    this.#start = Math.min(this.#start, this.#windowStart);
    this.#end = Math.max(this.#end, this.#windowStart + this.#header.windowSlots * this.#header.stepSeconds);
    this.#series = 0;
    this.#columnsEnd = 0;
  }

  #put(bytes: Uint8Array): void {
    const need = this.#outEnd + bytes.length;
    if (need > this.#out.length) {
      const bigger = new Uint8Array(Math.max(need, this.#out.length * 2));
      bigger.set(this.#out.subarray(0, this.#outEnd));
      this.#out = bigger;
    }
    this.#out.set(bytes, this.#outEnd);
    this.#outEnd = need;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#columns.length) return;
    const bigger = new Uint8Array(Math.max(bytes, this.#columns.length * 2));
    bigger.set(this.#columns.subarray(0, this.#columnsEnd));
    this.#columns = bigger;
  }
}
