/**
 * The list of series names on disk: a series' id is its place in it (docs/formats/names.md).
 *
 *     record:  first id 4 │ (length 2 │ name)…
 *
 * It is written and synced before any sample that uses its ids, so that no sample can be without its name.
 */
import { RecordLog, type RecordLogDamage } from "../core/record-log.ts";
import type { Files } from "../core/world.ts";

const KIND = { magic: "LKNM", version: 1 };
const decoder = new TextDecoder();

export class NamesLog {
  readonly #log: RecordLog;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #firstPending: number;

  private constructor(log: RecordLog, names: number) {
    this.#log = log;
    this.#firstPending = names;
  }

  /** Hands over every name with its id, in order. Ids that a damaged record has swallowed are missing. */
  static async open(
    files: Files,
    path: string,
    onName: (id: number, name: string) => void,
  ): Promise<{ names: NamesLog; damage: RecordLogDamage; next: number }> {
    let next = 0;
    const { log, damage } = await RecordLog.open(files, path, KIND, (payload) => {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
      next = view.getUint32(0, true);
      for (let at = 4; at + 2 <= payload.length; ) {
        const length = view.getUint16(at, true);
        onName(next++, decoder.decode(payload.subarray(at + 2, at + 2 + length)));
        at += 2 + length;
      }
    });
    return { names: new NamesLog(log, next), damage, next };
  }

  get pendingBytes(): number {
    return this.#pendingBytes + this.#log.pendingBytes;
  }
  get diskBytes(): number {
    return this.#log.bytes;
  }
  get needsSync(): boolean {
    return this.#pending.length > 0 || this.#log.needsSync;
  }

  /** The name of the next id. */
  add(name: Uint8Array): void {
    const entry = new Uint8Array(2 + name.length);
    new DataView(entry.buffer).setUint16(0, name.length, true);
    entry.set(name, 2);
    this.#pending.push(entry);
    this.#pendingBytes += entry.length;
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
    if (this.#pending.length === 0) return;
    const { bytes, view, at } = this.#log.pending.begin(4 + this.#pendingBytes);
    view.setUint32(at, this.#firstPending, true);
    let position = at + 4;
    for (const entry of this.#pending) {
      bytes.set(entry, position);
      position += entry.length;
    }
    this.#log.pending.finish(position - at);
    this.#firstPending += this.#pending.length;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
