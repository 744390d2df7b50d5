/**
 * Whisper files → the store, many files at a time. Each batch is on the disk before the journal says so: an import that
 * is killed goes on with the first batch that is not in the journal, and writing that again gives the same.
 */
import { canonicalName } from "../../carbon/name.ts";
import { errorCode, errorText } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Files, World } from "../../core/world.ts";
import type { BulkLoader } from "../../store/bulk-load.ts";
import { whisperError } from "../../whisper/errors.ts";
import { wholeArchive } from "../../whisper/fetch.ts";
import { parseHeader } from "../../whisper/header.ts";
import { type HashedNames, metricNameOf } from "../../whisper/metric-name.ts";
import type { ImportedFile, ImportJournal } from "./journal.ts";
import { Misfits } from "./misfits.ts";

/** Rejected files that are told by name, for each reason. */
const EXAMPLES = 3;

export interface WhisperImport {
  readonly world: Pick<World, "files" | "clock">;
  readonly directory: string;
  /** Below the directory. */
  readonly paths: readonly string[];
  readonly names: HashedNames;
  readonly loader: BulkLoader;
  readonly journal: ImportJournal;
  /** Whether files are read that were imported before as they are. */
  readonly again: boolean;
  readonly onProgress: (report: ImportReport) => void;
  /** Whether to stop after the present batch. */
  readonly stopping: () => boolean;
}

export class ImportReport {
  filesDone = 0;
  /** Files that an earlier import has finished with. */
  filesBefore = 0;
  series = 0;
  /** Values in the archives of the files. */
  points = 0;
  /** Values that went into tiers of ours. */
  written = 0;
  stopped = false;
  readonly misfits = new Misfits();
  readonly rejects = new Map<string, { files: number; examples: string[] }>();

  get rejected(): number {
    let files = 0;
    for (const reason of this.rejects.values()) files += reason.files;
    return files;
  }

  reject(reason: string, example: string): void {
    const known = this.rejects.get(reason) ?? { files: 0, examples: [] };
    known.files++;
    if (known.examples.length < EXAMPLES) known.examples.push(example);
    this.rejects.set(reason, known);
  }
}

export async function importWhisper(work: WhisperImport): Promise<ImportReport> {
  const report = new ImportReport();
  const { paths, loader, journal } = work;
  let batch: ImportedFile[] = [];
  const flush = async (): Promise<void> => {
    report.written += await loader.flush();
    await journal.add(batch);
    batch = [];
  };
  let next = paths.length > 0 ? readAhead(work, paths[0]!) : undefined;
  for (let i = 0; i < paths.length && !report.stopped; i++) {
    const read = await next!;
    next = i + 1 < paths.length ? readAhead(work, paths[i + 1]!) : undefined;
    if (takeFile(work, paths[i]!, read, report)) batch.push(read.file!);
    report.filesDone++;
    if (loader.pendingSlots >= LIMITS.importSlots) await flush();
    work.onProgress(report);
    report.stopped = work.stopping();
  }
  await next;
  await flush();
  return report;
}

interface ReadFile {
  readonly file?: ImportedFile;
  /** Absent when it was imported before. */
  readonly bytes?: Uint8Array;
  readonly error?: unknown;
}

/** The file's bytes, or why there are none: never rejects, since nobody may be waiting. */
async function readAhead(
  { world: { files }, directory, journal, again }: WhisperImport,
  below: string,
): Promise<ReadFile> {
  const path = `${directory}/${below}`;
  try {
    const { bytes, modifiedMs } = await files.stat(path);
    const file = { path, bytes, modifiedMs };
    return journal.has(file) && !again ? { file } : { file, bytes: await readWhole(files, path, bytes) };
  } catch (error) {
    return { error };
  }
}

async function readWhole(files: Files, path: string, size: number): Promise<Uint8Array> {
  if (size > LIMITS.whisperFileBytes) {
    throw whisperError("WHISPER_TOO_LARGE", path, `it has ${size} bytes, more than ${LIMITS.whisperFileBytes}`);
  }
  const handle = await files.open(path, "read");
  try {
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, await handle.read(bytes, 0));
  } finally {
    await handle.close();
  }
}

/** True when the file has been taken in, and will be finished with at the next flush. */
function takeFile(work: WhisperImport, below: string, read: ReadFile, report: ImportReport): boolean {
  if (read.error !== undefined) {
    report.reject(errorCode(read.error), errorText(read.error));
    return false;
  }
  if (read.bytes === undefined) {
    report.filesBefore++;
    return false;
  }
  const name = nameOf(below, work.names, report);
  if (name === undefined) return false;
  try {
    const { archives } = parseHeader(read.bytes, read.file!.path);
    const nowSeconds = Math.floor(work.world.clock.wallMs() / 1000);
    const history = archives.map((archive) => wholeArchive(read.bytes!, archive, nowSeconds));
    const theirs = archives.map(({ stepSeconds, points }) => ({ step: stepSeconds, points }));
    const { schema, exact } = work.loader.add(name, history, theirs);
    if (!exact) report.misfits.add(name, theirs, schema.archives);
    report.series++;
    for (const { values } of history) report.points += knownIn(values);
    return true;
  } catch (error) {
    if (errorCode(error) === "unknown") throw error;
    report.reject(errorCode(error), errorText(error));
    return false;
  }
}

function nameOf(below: string, names: HashedNames, report: ImportReport): string | undefined {
  const found = metricNameOf(below, names);
  if (typeof found !== "string") {
    report.reject("hashed_name", `${JSON.stringify(below)}: only a list of names can tell whose it is (--names FILE)`);
    return undefined;
  }
  const canonical = canonicalName(found);
  if ("name" in canonical) return canonical.name;
  report.reject(canonical.rejection, JSON.stringify(below));
  return undefined;
}

function knownIn(values: Float64Array): number {
  let known = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) known++;
  return known;
}
