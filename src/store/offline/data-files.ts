/**
 * What lies in a data directory:
 *
 *     lock                                 who has it
 *     import.log                           what an import has finished with
 *     state/state-00000007.log             small records
 *     store/names.log                      series by their ids
 *     store/lifetimes                      when each series had its first and its last value
 *     store/rules.sha256                   the rules of retention under which everything is where it belongs
 *     store/10-60-600/wal-00000042.log     newest points of the series with these archives
 *     store/10-60-600/1-60-….seg           segments: tier, step, first time, sequence
 */
import { basename, join } from "node:path";
import { errorCode } from "../../core/errors.ts";
import type { RecordLogKind } from "../../core/record-log.ts";
import type { Files } from "../../core/world.ts";
import { LIFETIMES_FILE } from "../lifetimes.ts";
import { listIfThere, parseSegmentName, type SegmentName, stepsOfDirectory } from "../offline-partition.ts";

export type DataFile = LogFile | SegmentFile | NoteFile;

export interface LogFile {
  readonly kind: "names" | "wal" | "state" | "import";
  /** Below the data directory. */
  readonly path: string;
  readonly log: RecordLogKind;
  /** Whether it is the one that is written to: what a crash leaves is at the end of such a file only. */
  readonly newest: boolean;
  readonly bytes: number;
}

export interface SegmentFile {
  readonly kind: "segment";
  readonly path: string;
  readonly name: SegmentName;
  readonly bytes: number;
}

/** What is made anew when it is not there. */
export interface NoteFile {
  readonly kind: "rules" | "lifetimes";
  readonly path: string;
  readonly bytes: number;
}

const RULES_NOTE = "store/rules.sha256";
const LIFETIMES_NOTE = `store/${LIFETIMES_FILE}`;

export const LOG_KINDS = {
  names: { magic: "LKNM", version: 2 },
  wal: { magic: "LKWL", version: 1 },
  state: { magic: "LKST", version: 1 },
  import: { magic: "LKIM", version: 1 },
} as const;

/** Every file that holds data, in the order in which a reader needs them: names, logs, segments by partition. */
export async function listDataFiles(files: Files, directory: string): Promise<readonly DataFile[]> {
  const found: DataFile[] = [];
  const addLog = async (kind: LogFile["kind"], path: string, newest: boolean): Promise<void> => {
    const bytes = await sizeOf(files, join(directory, path));
    if (bytes !== undefined) found.push({ kind, path, log: LOG_KINDS[kind], newest, bytes });
  };
  const addNote = async (kind: NoteFile["kind"], path: string): Promise<void> => {
    const bytes = await sizeOf(files, join(directory, path));
    if (bytes !== undefined) found.push({ kind, path, bytes });
  };
  const logsIn = async (kind: LogFile["kind"], below: string, pattern: RegExp): Promise<void> => {
    const names = (await listIfThere(files, join(directory, below))).filter((name) => pattern.test(name));
    for (const name of names) await addLog(kind, join(below, name), name === names.at(-1));
  };
  await addLog("import", "import.log", true);
  await logsIn("state", "state", /^state-\d+\.log$/);
  await addNote("rules", RULES_NOTE);
  await addNote("lifetimes", LIFETIMES_NOTE);
  await addLog("names", "store/names.log", true);
  for (const name of await listIfThere(files, join(directory, "store"))) {
    if (stepsOfDirectory(name) === undefined) continue;
    const below = join("store", name);
    await logsIn("wal", below, /^wal-\d+\.log$/);
    for (const file of await listIfThere(files, join(directory, below))) {
      const parsed = parseSegmentName(file);
      const bytes = parsed && (await sizeOf(files, join(directory, below, file)));
      if (bytes !== undefined) found.push({ kind: "segment", path: join(below, file), name: parsed!, bytes });
    }
  }
  return found;
}

export function isNote(file: DataFile): file is NoteFile {
  return file.kind === "rules" || file.kind === "lifetimes";
}

/** Undefined for a file that has gone meanwhile. */
async function sizeOf(files: Files, path: string): Promise<number | undefined> {
  try {
    return (await files.stat(path)).bytes;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The steps of the archives of the partition that a file belongs to. */
export function partitionOf(path: string): readonly number[] {
  return stepsOfDirectory(basename(join(path, ".."))) ?? [];
}
