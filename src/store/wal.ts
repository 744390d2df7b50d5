/**
 * The write-ahead log of one partition: numbered files, the newest of which is written to.
 *
 * A new file begins whenever the horizon moves (a window closes) or the late points are written out, so that each file
 * has a largest ring slot and either has late points or not. A file goes when all of it is in segments: its ring slots
 * have been flushed, and its late points are covered by an overlay that says so (`walThrough`).
 */
import { join } from "node:path";
import type { Log } from "../core/log.ts";
import { RecordLog } from "../core/record-log.ts";
import { Serial } from "../core/serial.ts";
import type { Files } from "../core/world.ts";
import { putHorizon, putPoints, readWalRecord } from "./wal-record.ts";

const KIND = { magic: "LKWL", version: 1 };

interface WalFile {
  readonly number: number;
  readonly path: string;
  /** Absent for a file of an earlier run: nothing is written to it any more. */
  log: RecordLog | undefined;
  /** Of a file of an earlier run. */
  bytes: number;
  /** Highest ring slot that was logged here; −1 for none. */
  newestSlot: number;
  hasLate: boolean;
}

export interface WalOptions {
  readonly directory: string;
  readonly files: Files;
  readonly log: Log;
  readonly onDamage: (what: string) => void;
  /** Resolves when the names of all series that there are now are on disk: no point is written before its name. */
  readonly namesFirst: () => Promise<void>;
}

export interface WalReplay {
  /**
   * Points of file `number`, logged while `horizon` was the first slot that was not late; the columns are valid during
   * the call. It notes what it did.
   */
  onPoints(points: WalPoints, horizon: number, number: number): void;
}

export interface WalPoints {
  readonly length: number;
  readonly ids: Int32Array;
  readonly seconds: Uint32Array;
  readonly values: Float64Array;
}

export class Wal {
  readonly #options: WalOptions;
  /** Oldest first; the last one is written to. */
  #files: WalFile[] = [];
  readonly #serial = new Serial();

  constructor(options: WalOptions) {
    this.#options = options;
  }

  get pendingBytes(): number {
    let bytes = 0;
    for (const file of this.#files) bytes += file.log?.pendingBytes ?? 0;
    return bytes;
  }

  get needsSync(): boolean {
    return this.#files.some((file) => file.log?.needsSync === true);
  }

  get diskBytes(): number {
    return this.#files.reduce((sum, file) => sum + (file.log?.bytes ?? file.bytes), 0);
  }

  /** Reads the files of earlier runs, in order. `rotate` has to follow: there is nothing to write to yet. */
  async open(names: readonly string[], replay: WalReplay): Promise<void> {
    for (const name of names) {
      const match = /^wal-(\d+)\.log$/.exec(name);
      if (match !== null) await this.#replayFile(name, Number(match[1]), replay);
    }
  }

  async #replayFile(name: string, number: number, replay: WalReplay): Promise<void> {
    const { directory, files, onDamage } = this.#options;
    const path = join(directory, name);
    const file: WalFile = { number, path, log: undefined, bytes: 0, newestSlot: -1, hasLate: false };
    this.#files.push(file);
    let horizon = 0;
    let unreadable = 0;
    const { log, damage } = await RecordLog.open(files, path, KIND, (payload) => {
      const understood = readWalRecord(payload, {
        onHorizon: (slot) => {
          horizon = slot;
        },
        onPoints: (length, ids, seconds, values) => replay.onPoints({ length, ids, seconds, values }, horizon, number),
      });
      if (!understood) unreadable++;
    });
    file.bytes = log.bytes;
    await log.close();
    if (damage.skippedRecords > 0) onDamage(`${path}: ${damage.skippedRecords} damaged record(s) skipped`);
    if (unreadable > 0) onDamage(`${path}: ${unreadable} record(s) of an unknown kind skipped`);
    if (damage.cutBytes > 0) {
      this.#options.log.info("cut the unfinished end of a log, as a crash leaves it", { path, bytes: damage.cutBytes });
    }
  }

  /**
   * Begins a new file; returns the number of the file before it. `onSwitch` runs in the instant in which the new file
   * takes over, and writes its first record, the horizon. When no file can be made, nothing has changed.
   */
  async rotate(onSwitch: () => void): Promise<number> {
    const number = (this.#files.at(-1)?.number ?? 0) + 1;
    const path = join(this.#options.directory, `wal-${String(number).padStart(8, "0")}.log`);
    const { log } = await RecordLog.open(this.#options.files, path, KIND, () => undefined);
    await this.#options.files.syncDirectory(this.#options.directory);
    this.#files.push({ number, path, log, bytes: 0, newestSlot: -1, hasLate: false });
    onSwitch();
    return number - 1;
  }

  putPoints(count: number, ids: Int32Array, seconds: Uint32Array, values: Float64Array): void {
    putPoints(this.#current.log!.pending, count, ids, seconds, values);
  }

  putHorizon(slot: number): void {
    putHorizon(this.#current.log!.pending, slot);
  }

  /** A point of this slot went into the ring: what holds it has to stay until the slot is flushed. */
  noteRing(slot: number): void {
    for (const file of this.#holding()) if (slot > file.newestSlot) file.newestSlot = slot;
  }

  /** A late point came: what holds it has to stay until an overlay covers it. */
  noteLate(): void {
    for (const file of this.#holding()) file.hasLate = true;
  }

  /** What the head held in files up to this number has been logged again, and is on disk. */
  noteRepeated(number: number): void {
    for (const file of this.#files) if (file.number <= number) file.newestSlot = -1;
  }

  /** The file that new points go to. While old files are replayed, any of them may hold the point. */
  #holding(): readonly WalFile[] {
    return this.#files.at(-1)?.log === undefined ? this.#files : this.#files.slice(-1);
  }

  get #current(): WalFile {
    return this.#files.at(-1)!;
  }

  /** Writes and, if asked, syncs everything that is pending. */
  commit(sync: boolean): Promise<void> {
    return this.#serial.run(() => this.#commit(sync));
  }

  async #commit(sync: boolean): Promise<void> {
    const logs = this.#files.flatMap(({ log }) => (log === undefined ? [] : [{ log, end: log.end }]));
    await this.#options.namesFirst();
    for (const { log, end } of logs) {
      await log.write(end); // what has come since may be of series that are newer
      if (sync) await log.sync();
    }
  }

  /** Whether there is a file that `removeCovered` would remove. */
  hasCovered(flushedSlot: number, lateThrough: number): boolean {
    return this.#files.length > 1 && isCovered(this.#files[0]!, flushedSlot, lateThrough);
  }

  /** Removes files that hold nothing which isn't in segments. Files go oldest first, so that replay keeps its order. */
  removeCovered(flushedSlot: number, lateThrough: number): Promise<void> {
    return this.#serial.run(async () => {
      if (!this.hasCovered(flushedSlot, lateThrough)) return;
      await this.#commit(true); // what moved on to a younger file has to be there before the older one goes
      while (this.hasCovered(flushedSlot, lateThrough)) {
        const file = this.#files[0]!;
        await file.log?.close();
        file.bytes = file.log?.bytes ?? file.bytes;
        file.log = undefined;
        await this.#options.files.unlink(file.path);
        this.#files.shift();
      }
    });
  }

  async close(): Promise<void> {
    await this.commit(true);
    for (const file of this.#files) await file.log?.close();
  }
}

function isCovered(file: WalFile, flushedSlot: number, lateThrough: number): boolean {
  return file.newestSlot < flushedSlot && (!file.hasLate || file.number <= lateThrough);
}
