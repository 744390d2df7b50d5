/**
 * An append-only file of checksummed records: the write-ahead log, the list of names and the state journal are each
 * one of these. docs/formats/record-log.md draws it.
 *
 *     ┌──────────┬─────────┬──────────┬──────────────────────────┬─ ─
 *     │ magic 4  │ version │ reserved │ length 4 │ crc32 4 │ payload …
 *     └──────────┴─────────┴──────────┴──────────────────────────┴─ ─
 *
 * A crash can leave a torn record at the end: it is cut off when the file is opened again. A damaged record in the
 * middle (a whole one follows somewhere) is skipped. Both are reported; neither is ever read as data.
 */
import { crc32 } from "node:zlib";
import { assert, LockstepError } from "./errors.ts";
import type { FileHandle, Files } from "./world.ts";

export const RECORD_HEADER_BYTES = 8;
export const FILE_HEADER_BYTES = 8;
const READ_BYTES = 4 * 1024 * 1024;
/** No record of ours is longer; a length beyond it is damage. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024;
/** How much may be read in search of the next record behind a damaged one, and what looking at one place counts for. */
const SEARCH_BYTES = 256 * 1024 * 1024;
const SEARCH_CHUNK_BYTES = 1024 * 1024;
const SEARCH_COST = 256;

export interface RecordLogKind {
  /** Four ASCII characters at the start of the file. */
  readonly magic: string;
  readonly version: number;
}

/** What was wrong with a file that was opened. */
export interface RecordLogDamage {
  readonly skippedRecords: number;
  /** Bytes cut off at the end: a torn write, as a crash leaves it. */
  readonly cutBytes: number;
}

export class RecordLog {
  readonly path: string;
  readonly #handle: FileHandle;
  #position: number;
  #pending = new RecordBuffer();
  #spare = new RecordBuffer();
  #writing: RecordBuffer | undefined;
  /** How much of it is in the file. */
  #writtenBytes = 0;
  #unsynced = false;

  private constructor(path: string, handle: FileHandle, position: number) {
    this.path = path;
    this.#handle = handle;
    this.#position = position;
  }

  /**
   * Opens or creates a log; every whole record in it is handed to `onRecord` first. The payload is valid only during
   * the call.
   * @throws LockstepError `LOG_KIND` when the file is of another kind or of a newer version.
   */
  static async open(
    files: Files,
    path: string,
    kind: RecordLogKind,
    onRecord: (payload: Uint8Array) => void,
  ): Promise<{ log: RecordLog; damage: RecordLogDamage }> {
    const handle = await files.open(path, "update");
    try {
      const size = await handle.size();
      if (size < FILE_HEADER_BYTES) {
        // New, or torn while it was being created: there can't be a record in it.
        await handle.truncate(0);
        await handle.write(fileHeader(kind), 0);
        return { log: new RecordLog(path, handle, FILE_HEADER_BYTES), damage: { skippedRecords: 0, cutBytes: 0 } };
      }
      const version = await checkFileHeader(handle, path, kind);
      const { end, skippedRecords } = await scanRecords(handle, size, onRecord);
      if (end < size) await handle.truncate(end);
      if (version < kind.version) await handle.write(fileHeader(kind), 0); // what is added may be of the new version
      await handle.sync(); // the run that wrote it may have been killed before its sync: what was read has to last
      return { log: new RecordLog(path, handle, end), damage: { skippedRecords, cutBytes: size - end } };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Where the next record is built; `finish()` on it completes the record. */
  get pending(): RecordBuffer {
    return this.#pending;
  }

  /** Bytes that are not yet in the file. */
  get pendingBytes(): number {
    return this.#pending.length + (this.#writing?.length ?? 0) - this.#writtenBytes;
  }

  /** Length of the file once all that is pending is in it. */
  get end(): number {
    return this.#position + this.pendingBytes;
  }

  /** Length of the file with all that was written. */
  get bytes(): number {
    return this.#position;
  }

  get needsSync(): boolean {
    return this.#unsynced || this.pendingBytes > 0;
  }

  /**
   * Hands what is pending to the system, up to where the end was at some moment, and leaves what comes meanwhile to the
   * next call: while much comes there would be no end to it, and so no sync. When it fails, nothing is lost: the same
   * bytes go to the same place with the next call. Calls must not overlap.
   */
  async write(end = this.end): Promise<void> {
    while (this.#position < end) {
      if (this.#writing === undefined) {
        this.#writing = this.#pending;
        this.#pending = this.#spare;
      }
      const writing = this.#writing;
      this.#unsynced = true;
      const to = Math.min(writing.length, this.#writtenBytes + end - this.#position);
      await this.#handle.write(writing.bytes().subarray(this.#writtenBytes, to), this.#position);
      this.#position += to - this.#writtenBytes;
      this.#writtenBytes = to;
      if (to < writing.length) return;
      this.#writtenBytes = 0;
      writing.clear();
      this.#spare = writing;
      this.#writing = undefined;
    }
  }

  /** Returns when everything written is on the disk. */
  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    try {
      await this.#handle.sync();
    } catch (error) {
      this.#unsynced = true;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Bytes that grow; records are built in place, so that the hot path copies each sample once. */
export class RecordBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;
  #start = 0;

  constructor(capacity = 64 * 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for a record of at most `payloadBytes` and returns where its payload begins. */
  begin(payloadBytes: number): {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly view: DataView;
    readonly at: number;
  } {
    assert(payloadBytes <= MAX_RECORD_BYTES, "a record is no larger than what is believed when it is read");
    const need = this.#length + RECORD_HEADER_BYTES + payloadBytes;
    if (need > this.#bytes.length) this.#grow(need);
    this.#start = this.#length;
    return { bytes: this.#bytes, view: this.#view, at: this.#length + RECORD_HEADER_BYTES };
  }

  /** Completes the record that was begun, with a payload of this many bytes. */
  finish(payloadBytes: number): void {
    const at = this.#start + RECORD_HEADER_BYTES;
    this.#view.setUint32(this.#start, payloadBytes, true);
    this.#view.setUint32(this.#start + 4, crc32(this.#bytes.subarray(at, at + payloadBytes), payloadBytes), true);
    this.#length = at + payloadBytes;
  }

  /** A whole record out of bytes that are there. */
  add(payload: Uint8Array): void {
    const { bytes, at } = this.begin(payload.length);
    bytes.set(payload, at);
    this.finish(payload.length);
  }

  /** Empties it; a buffer that a burst has blown up is let go. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > 16 * 1024 * 1024) {
      this.#bytes = new Uint8Array(64 * 1024);
      this.#view = new DataView(this.#bytes.buffer);
    }
  }

  #grow(need: number): void {
    const bytes = new Uint8Array(Math.max(need, this.#bytes.length * 2));
    bytes.set(this.bytes());
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

export function fileHeader(kind: RecordLogKind): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  for (let i = 0; i < 4; i++) header[i] = kind.magic.charCodeAt(i);
  new DataView(header.buffer).setUint16(4, kind.version, true);
  return header;
}

/** What a log says it is; undefined for a file that is too short to be one. `reserved` is 0 in all that we have written. */
export async function readLogKind(handle: FileHandle): Promise<(RecordLogKind & { reserved: number }) | undefined> {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  if ((await handle.read(header, 0)) < FILE_HEADER_BYTES) return undefined;
  const magic = String.fromCharCode(...header.subarray(0, 4));
  const view = new DataView(header.buffer);
  return { magic, version: view.getUint16(4, true), reserved: view.getUint16(6, true) };
}

async function checkFileHeader(handle: FileHandle, path: string, kind: RecordLogKind): Promise<number> {
  const { magic, version } = (await readLogKind(handle))!;
  if (magic !== kind.magic) {
    throw new LockstepError(
      "LOG_KIND",
      `cannot open ${path}: it begins with ${JSON.stringify(magic)}, not ${kind.magic}`,
    );
  }
  if (version > kind.version) {
    throw new LockstepError(
      "LOG_KIND",
      `cannot open ${path}: its format has version ${version}, this program knows up to ${kind.version}`,
    );
  }
  return version;
}

export interface RecordScan {
  /** Just past the last whole record. */
  readonly end: number;
  readonly skippedRecords: number;
}

/**
 * Hands over every whole record among the first `size` bytes of a log, with the place where it begins. The payload is
 * valid only during the call. Changes nothing: another process may go on writing to the file.
 */
export async function scanRecords(
  handle: FileHandle,
  size: number,
  onRecord: (payload: Uint8Array, position: number) => void,
): Promise<RecordScan> {
  const reader = new ChunkReader(handle, size);
  let position = FILE_HEADER_BYTES;
  let end = position;
  let skippedRecords = 0;
  while (position + RECORD_HEADER_BYTES < size) {
    const payload = await readRecord(reader, position, size);
    if (payload !== undefined) {
      onRecord(payload, position);
      position += RECORD_HEADER_BYTES + payload.length;
      end = position;
      continue;
    }
    const next = await findRecord(reader, position, size);
    if (next === undefined) break; // cut off
    skippedRecords++;
    position = next;
  }
  return { end, skippedRecords };
}

/** The payload of the record at a place, if there is a whole one. */
async function readRecord(reader: ChunkReader, position: number, size: number): Promise<Uint8Array | undefined> {
  if (position + RECORD_HEADER_BYTES >= size) return undefined;
  const header = await reader.read(position, RECORD_HEADER_BYTES);
  if (header.length < RECORD_HEADER_BYTES) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, RECORD_HEADER_BYTES);
  const length = view.getUint32(0, true);
  const checksum = view.getUint32(4, true);
  if (length === 0 || length > MAX_RECORD_BYTES || position + RECORD_HEADER_BYTES + length > size) return undefined;
  const payload = await reader.read(position + RECORD_HEADER_BYTES, length);
  return crc32(payload, length) === checksum ? payload : undefined;
}

/** Where the next whole record begins after one that is damaged: where its length leads to, or else wherever there is one. */
async function findRecord(reader: ChunkReader, damaged: number, size: number): Promise<number | undefined> {
  const header = await reader.read(damaged, RECORD_HEADER_BYTES);
  const promised = new DataView(header.buffer, header.byteOffset, header.length).getUint32(0, true);
  const following = damaged + RECORD_HEADER_BYTES + promised;
  if (following < size && (await readRecord(reader, following, size)) !== undefined) return following;
  let budget = SEARCH_BYTES;
  for (let from = damaged + 1; from + RECORD_HEADER_BYTES < size && budget > 0; ) {
    const chunk = await reader.read(from, Math.min(SEARCH_CHUNK_BYTES, size - from));
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let i = 0; i + RECORD_HEADER_BYTES < chunk.length && budget > 0; i++) {
      const length = view.getUint32(i, true);
      const at = i + RECORD_HEADER_BYTES;
      if (length === 0 || length > size - from - at) continue;
      budget -= length + SEARCH_COST;
      if (budget < 0) return undefined;
      const inside = at + length <= chunk.length;
      const payload = inside ? chunk.subarray(at, at + length) : await reader.readAlone(from + at, length);
      if (crc32(payload, length) === view.getUint32(i + 4, true)) return from + i;
    }
    from += Math.max(1, chunk.length - RECORD_HEADER_BYTES);
  }
  return undefined;
}

/** Reads a file in large pieces; what it returns is valid until the next call. */
class ChunkReader {
  readonly #handle: FileHandle;
  readonly #size: number;
  #chunk = new Uint8Array(0);
  #start = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    if (position < this.#start || position + length > this.#start + this.#chunk.length) {
      const bytes = Math.min(Math.max(READ_BYTES, length), this.#size - position);
      this.#chunk = new Uint8Array(bytes);
      this.#start = position;
      const got = await this.#handle.read(this.#chunk, position);
      if (got < bytes) this.#chunk = this.#chunk.subarray(0, got); // shrank under us: the rest reads as cut
    }
    return this.#chunk.subarray(position - this.#start, position - this.#start + length);
  }

  /** Without keeping what is around it. */
  async readAlone(position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await this.#handle.read(bytes, position));
  }
}
