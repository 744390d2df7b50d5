/**
 * The list of series names on disk: a series' id is its place in it (docs/formats/names.md).
 *
 *     record:  first id 4 │ (length 2 │ name)…        or        FFFFFFFF 4 │ (id of a deleted series 4)…
 *
 * It is written and synced before any sample that uses its ids, so that no sample can be without its name.
 */
import { errorCode } from "../core/errors.ts";
import { RecordLog, type RecordLogDamage } from "../core/record-log.ts";
import type { Files } from "../core/world.ts";

const KIND = { magic: "LKNM", version: 2 };
/** Room that is kept after a burst of names. */
const KEPT_BYTES = 1_048_576;

/** In place of a first id: the ids that follow are of series that were deleted. */
export const DELETED = 0xffff_ffff;

export interface NamesVisitor {
  /** Of the file that is about to be read. */
  onSize(bytes: number): void;
  /**
   * Every name with its id, in order: `length` bytes from `from` on, valid during the call. Ids that a damaged record has
   * swallowed are missing.
   */
  onName(id: number, bytes: Uint8Array, from: number, length: number): void;
  /** Series that were deleted after they had been named. */
  onDeleted(ids: readonly number[]): void;
}

export class NamesLog {
  readonly #log: RecordLog;
  /** Entries that wait, one behind the other. */
  #pending = new Uint8Array(4096);
  #pendingBytes = 0;
  #pendingNames = 0;
  #firstPending: number;

  private constructor(log: RecordLog, names: number) {
    this.#log = log;
    this.#firstPending = names;
  }

  static async open(
    files: Files,
    path: string,
    visitor: NamesVisitor,
  ): Promise<{ names: NamesLog; damage: RecordLogDamage }> {
    let next = 0;
    visitor.onSize(await sizeOf(files, path));
    const { log, damage } = await RecordLog.open(files, path, KIND, (payload) => {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
      const first = view.getUint32(0, true);
      if (first === DELETED) {
        const ids: number[] = [];
        for (let at = 4; at < payload.length; at += 4) ids.push(view.getUint32(at, true));
        visitor.onDeleted(ids.filter((id) => id < next));
        return;
      }
      next = first;
      for (let at = 4; at + 2 <= payload.length; ) {
        const length = view.getUint16(at, true);
        visitor.onName(next++, payload, at + 2, length);
        at += 2 + length;
      }
    });
    return { names: new NamesLog(log, next), damage };
  }

  /** The id that the next name gets. */
  get next(): number {
    return this.#firstPending + this.#pendingNames;
  }

  get pendingBytes(): number {
    return this.#pendingBytes + this.#log.pendingBytes;
  }
  get diskBytes(): number {
    return this.#log.bytes;
  }
  get needsSync(): boolean {
    return this.#pendingNames > 0 || this.#log.needsSync;
  }

  /** The name of the next id. */
  add(name: Uint8Array): void {
    const end = this.#pendingBytes + 2 + name.length;
    if (end > this.#pending.length) {
      const pending = new Uint8Array(Math.max(end, this.#pending.length * 2));
      pending.set(this.#pending.subarray(0, this.#pendingBytes));
      this.#pending = pending;
    }
    this.#pending[this.#pendingBytes] = name.length & 0xff;
    this.#pending[this.#pendingBytes + 1] = name.length >> 8;
    this.#pending.set(name, this.#pendingBytes + 2);
    this.#pendingBytes = end;
    this.#pendingNames++;
  }

  /** These series are gone. */
  delete(ids: readonly number[]): void {
    this.#gather(); // what they were called comes before
    const { view, at } = this.#log.pending.begin(4 + 4 * ids.length);
    view.setUint32(at, DELETED, true);
    ids.forEach((id, i) => {
      view.setUint32(at + 4 + 4 * i, id, true);
    });
    this.#log.pending.finish(4 + 4 * ids.length);
  }

  /** Leaves out ids up to this one: they are named in segments, but their names are lost. */
  skipTo(id: number): void {
    this.#gather();
    this.#firstPending = id;
  }

  /** Writes and syncs. */
  async commit(): Promise<void> {
    this.#gather();
    await this.#log.write();
    await this.#log.sync();
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #gather(): void {
    if (this.#pendingNames === 0) return;
    const { bytes, view, at } = this.#log.pending.begin(4 + this.#pendingBytes);
    view.setUint32(at, this.#firstPending, true);
    bytes.set(this.#pending.subarray(0, this.#pendingBytes), at + 4);
    this.#log.pending.finish(4 + this.#pendingBytes);
    this.#firstPending += this.#pendingNames;
    this.#pendingNames = 0;
    this.#pendingBytes = 0;
    if (this.#pending.length > KEPT_BYTES) this.#pending = new Uint8Array(4096);
  }
}

async function sizeOf(files: Files, path: string): Promise<number> {
  try {
    return (await files.stat(path)).bytes;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}
