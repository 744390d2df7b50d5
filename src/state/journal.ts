/**
 * The embedded state: everything in memory, and a journal of commits on disk (docs/formats/state.md).
 *
 *     state-00000007.log   [whole state] [commit] [commit] [commit] …
 *
 * When the journal has grown well beyond what it holds, the whole state is written as the first record of the next file,
 * which takes over by getting its name; then the old one goes. Commits that come close together share one sync.
 */
import { join } from "node:path";
import { errorText, LockstepError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { RecordLog } from "../core/record-log.ts";
import { Serial } from "../core/serial.ts";
import type { Files } from "../core/world.ts";
import type { Change, Json, StateStats, StateStore } from "./state.ts";

const KIND = { magic: "LKST", version: 1 };
/** A journal is not rewritten below this size, nor unless it is this many times as long as what it holds. */
const REWRITE_BYTES = 1024 * 1024;
const REWRITE_RATIO = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export async function openJournal(files: Files, log: Log, directory: string): Promise<StateStore> {
  await files.makeDirectory(directory);
  const journal = new Journal(files, log, directory);
  await journal.open();
  return journal;
}

class Journal implements StateStore {
  readonly #files: Files;
  readonly #log: Log;
  readonly #directory: string;
  readonly #collections = new Map<string, Map<string, Json>>();
  readonly #serial = new Serial();
  readonly #damage: string[] = [];
  #number = 0;
  #journal!: RecordLog;
  #snapshotBytes = 0;
  #commits = 0;
  #waiting: { bytes: Uint8Array; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #closed = false;

  constructor(files: Files, log: Log, directory: string) {
    this.#files = files;
    this.#log = log;
    this.#directory = directory;
  }

  async open(): Promise<void> {
    const names = await this.#files.list(this.#directory);
    for (const name of names) if (name.endsWith(".tmp")) await this.#files.unlink(join(this.#directory, name));
    const numbers = names.flatMap((name) => /^state-(\d+)\.log$/.exec(name)?.[1] ?? []).map(Number);
    // The highest is complete: it got its name when it was. A lower one is left from a crash before it was removed.
    this.#number = Math.max(1, ...numbers);
    for (const number of numbers) if (number < this.#number) await this.#files.unlink(this.#path(number));
    const { log, damage } = await RecordLog.open(this.#files, this.#path(this.#number), KIND, (payload) => {
      this.#apply(JSON.parse(decoder.decode(payload)) as readonly Change[]);
    });
    this.#journal = log;
    this.#snapshotBytes = this.#snapshot().length;
    if (damage.skippedRecords > 0) {
      this.#damage.push(`${log.path}: ${damage.skippedRecords} damaged commit(s) skipped`);
      this.#log.error("a part of the state was damaged and is left out", {
        path: log.path,
        commits: damage.skippedRecords,
      });
    }
  }

  load(collection: string): Promise<ReadonlyMap<string, Json>> {
    return Promise.resolve(new Map(this.#collections.get(collection)));
  }

  commit(changes: readonly Change[]): Promise<void> {
    if (this.#closed) return Promise.reject(new LockstepError("STATE_CLOSED", "the state is closed"));
    if (changes.length === 0) return Promise.resolve();
    const bytes = encodeCommit(changes);
    this.#apply(changes);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject });
      if (this.#waiting.length === 1) void this.#serial.run(() => this.#writeWaiting());
    });
  }

  stats(): StateStats {
    let records = 0;
    for (const collection of this.#collections.values()) records += collection.size;
    return { records, diskBytes: this.#journal.bytes, commits: this.#commits, damage: this.#damage };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#serial.run(() => this.#writeWaiting());
    await this.#journal.close();
  }

  /** One write and one sync for everybody who waits. */
  async #writeWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { bytes } of waiting) this.#journal.pending.add(bytes);
    try {
      await this.#journal.write();
      await this.#journal.sync();
      this.#commits += waiting.length;
      for (const { resolve } of waiting) resolve();
    } catch (cause) {
      // The records stay pending and go out with the next commit; these callers must not count on them yet.
      const error = new LockstepError("STATE_WRITE", `could not write ${this.#journal.path}`, { cause });
      for (const { reject } of waiting) reject(error);
      return;
    }
    if (this.#isOvergrown()) await this.#tryRewrite();
  }

  async #tryRewrite(): Promise<void> {
    try {
      await this.#rewrite();
    } catch (error) {
      // Nothing is lost: the present journal goes on, and the next commit tries again.
      this.#log.limited("warn", "rewrite", `could not shorten ${this.#journal.path}: ${errorText(error)}`);
    }
  }

  #isOvergrown(): boolean {
    return this.#journal.bytes > REWRITE_BYTES && this.#journal.bytes > REWRITE_RATIO * this.#snapshotBytes;
  }

  /** The next file begins with the whole state. Until it has its name, the old one counts. */
  async #rewrite(): Promise<void> {
    const number = this.#number + 1;
    const path = this.#path(number);
    const snapshot = this.#snapshot();
    await (await this.#files.open(`${path}.tmp`, "write")).close(); // empties what a failed attempt has left
    const { log } = await RecordLog.open(this.#files, `${path}.tmp`, KIND, () => undefined);
    log.pending.add(snapshot);
    await log.write();
    await log.sync();
    await log.close();
    await this.#files.rename(`${path}.tmp`, path);
    await this.#files.syncDirectory(this.#directory);
    const { log: next } = await RecordLog.open(this.#files, path, KIND, () => undefined);
    const old = this.#journal;
    this.#journal = next;
    this.#number = number;
    this.#snapshotBytes = snapshot.length;
    await old.close();
    await this.#files.unlink(old.path);
  }

  #snapshot(): Uint8Array {
    const changes: Change[] = [];
    for (const [collection, records] of this.#collections) {
      for (const [key, value] of records) changes.push({ collection, key, value });
    }
    return encodeCommit(changes);
  }

  #apply(changes: readonly Change[]): void {
    for (const { collection, key, value } of changes) {
      const records = this.#collections.get(collection) ?? new Map<string, Json>();
      this.#collections.set(collection, records);
      if (value === undefined) records.delete(key);
      else records.set(key, value);
    }
  }

  #path(number: number): string {
    return join(this.#directory, `state-${String(number).padStart(8, "0")}.log`);
  }
}

/** A removed record has no value: JSON leaves an undefined out, and reads it back as one. */
function encodeCommit(changes: readonly Change[]): Uint8Array {
  return encoder.encode(JSON.stringify(changes));
}
