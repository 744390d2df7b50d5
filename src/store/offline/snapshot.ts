/**
 * A copy of a data directory as it was at one moment, taken while an aggregator goes on writing to it.
 *
 * Segments never change, so a second name for each is enough. Logs grow at their ends: their whole records are copied.
 * What matters is the order, since points move from logs into segments, and segments into larger ones:
 *
 *     0. what rules everything is kept by                   so that a move under new ones is begun again, not taken for done
 *     1. logs of points, again until no new one appears     what leaves them from here on is in segments by then
 *     2. when series lived                                  all that it knew from logs before they went
 *     3. segments, again until the list stands still        what is merged meanwhile is found in its new place
 *     4. names.log                                          every id that 1 and 3 hold was named before it was used
 *     5. snapshot.json                                      without it, the snapshot is none
 *
 * A point that is both in a log and in a segment is one point: it is written to the same slot again.
 */
import { join } from "node:path";
import { errorCode, LockstepError } from "../../core/errors.ts";
import { FILE_HEADER_BYTES } from "../../core/record-log.ts";
import type { World } from "../../core/world.ts";
import { CopyTarget } from "./copy-target.ts";
import { type DataFile, isNote, type LogFile, listDataFiles, type NoteFile } from "./data-files.ts";
import { scanLog } from "./scan-log.ts";

export const SNAPSHOT_MANIFEST = "snapshot.json";
/** Windows close every few minutes: nobody is that unlucky. */
const MOST_ROUNDS = 1000;

export interface SnapshotManifest {
  readonly version: 1;
  readonly takenMs: number;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

export interface SnapshotReport {
  readonly files: number;
  readonly bytes: number;
  /** Bytes that the snapshot shares with the data directory. */
  readonly linkedBytes: number;
  /** Why segments were copied rather than linked. */
  readonly notLinked: string | undefined;
}

export interface SnapshotOptions {
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws LockstepError `STORE_DIRECTORY`, `SNAPSHOT_TARGET`, `SNAPSHOT_UNSTABLE`. */
export async function takeSnapshot(
  { files, clock }: Pick<World, "files" | "clock">,
  directory: string,
  target: string,
  options: SnapshotOptions = {},
): Promise<SnapshotReport> {
  const takenMs = clock.wallMs();
  if ((await listDataFiles(files, directory)).length === 0) {
    throw new LockstepError("STORE_DIRECTORY", `there is no data of ours in ${directory}`);
  }
  const copy = await CopyTarget.create(files, target);
  const snapshot = new Snapshot(files, directory, copy, options);
  await snapshot.note("rules");
  await snapshot.logs(["wal", "state", "import"]);
  await snapshot.note("lifetimes");
  await snapshot.segments();
  await snapshot.logs(["names"]);
  const manifest: SnapshotManifest = { version: 1, takenMs, files: copy.list() };
  await copy.finish(SNAPSHOT_MANIFEST, `${JSON.stringify(manifest, null, 1)}\n`);
  return copy.report();
}

class Snapshot {
  readonly #files: World["files"];
  readonly #directory: string;
  readonly #copy: CopyTarget;
  readonly #options: SnapshotOptions;
  /** Bytes of each log when it was copied. */
  readonly #copied = new Map<string, number>();

  constructor(files: World["files"], directory: string, copy: CopyTarget, options: SnapshotOptions) {
    this.#files = files;
    this.#directory = directory;
    this.#copy = copy;
    this.#options = options;
  }

  async note(wanted: NoteFile["kind"]): Promise<void> {
    for (const { kind, path } of await listDataFiles(this.#files, this.#directory)) {
      if (kind !== wanted) continue;
      await this.#copy.copyWhole(join(this.#directory, path), path).catch((error: unknown) => {
        if (errorCode(error) !== "ENOENT") throw error; // it went meanwhile: nothing depends on it
      });
    }
  }

  /** Copies logs until there is none that has not been copied. One that goes meanwhile was not needed any more. */
  async logs(kinds: readonly LogFile["kind"][]): Promise<void> {
    await settle(this.#directory, async () => {
      const logs = (await listDataFiles(this.#files, this.#directory)).filter(isLog);
      let changes = 0;
      for (const log of logs) {
        if (!kinds.includes(log.kind) || !this.#isMissing(log)) continue;
        changes++;
        await this.#copyLog(log);
      }
      return changes;
    });
  }

  /** A log that has not been copied, or was while it was the one that is written to, and has grown since. */
  #isMissing({ path, newest, bytes }: LogFile): boolean {
    const copied = this.#copied.get(path);
    return copied === undefined || (!newest && copied < bytes);
  }

  async #copyLog(log: LogFile): Promise<void> {
    try {
      const { bytes, tailBytes } = await scanLog(this.#files, this.#directory, log);
      this.#copied.set(log.path, bytes);
      // A log that has just been made may not have its first bytes yet: it holds nothing.
      if (bytes >= FILE_HEADER_BYTES)
        await this.#copy.copy(join(this.#directory, log.path), log.path, bytes - tailBytes);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      this.#copied.set(log.path, Number.POSITIVE_INFINITY);
    }
  }

  async segments(): Promise<void> {
    await settle(this.#directory, async () => {
      const segments = (await listDataFiles(this.#files, this.#directory)).filter(({ kind }) => kind === "segment");
      const wanted = new Set(segments.map(({ path }) => path));
      let changes = 0;
      for (const path of this.#copy.linkedPaths()) {
        if (wanted.has(path)) continue;
        await this.#copy.remove(path);
        changes++;
      }
      let done = 0;
      for (const { path, bytes } of segments) {
        if (!this.#copy.has(path)) {
          await this.#link(path, bytes);
          changes++;
        }
        this.#options.onProgress?.(++done, segments.length);
      }
      return changes;
    });
  }

  async #link(path: string, bytes: number): Promise<void> {
    try {
      await this.#copy.link(join(this.#directory, path), path, bytes);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error; // merged or expired meanwhile: the next look finds what took its place
    }
  }
}

function isLog(file: DataFile): file is LogFile {
  return file.kind !== "segment" && !isNote(file);
}

/** Looks again until there is nothing left to do. */
async function settle(directory: string, round: () => Promise<number>): Promise<void> {
  for (let i = 0; i < MOST_ROUNDS; i++) if ((await round()) === 0) return;
  throw new LockstepError(
    "SNAPSHOT_UNSTABLE",
    `cannot take a snapshot of ${directory}: its files changed during each of ${MOST_ROUNDS} looks`,
  );
}
