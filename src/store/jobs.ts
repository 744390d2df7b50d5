/**
 * What the store's thread does: everything that encodes, reads back or merges whole windows, with the writes and syncs
 * that belong to it. A job makes one segment file out of shared memory, of points, or of other segments; it changes
 * nothing else, so that a job that fails, or is killed, can be run again.
 */
import { errorCode } from "../core/errors.ts";
import type { Files, ThreadProgram, ThreadWorld } from "../core/world.ts";
import { type LateJob, writeLate } from "./job-late.ts";
import { type MergeJob, writeMerge } from "./job-merge.ts";
import { type MoveJob, writeMove } from "./job-move.ts";
import { type RemakeJob, writeRemade } from "./job-remake.ts";
import { type SummaryJob, writeSummary } from "./job-summary.ts";
import { type Sightings, type WindowJob, writeWindows } from "./job-window.ts";
import type { OnDamage } from "./segment.ts";
import type { SegmentHeader } from "./segment-format.ts";
import { SegmentWriter } from "./segment-writer.ts";

/** The file that a job writes. */
export interface Output {
  readonly path: string;
  readonly header: SegmentHeader;
}

export type StoreJob = (WindowJob | SummaryJob | LateJob | RemakeJob | MergeJob | MoveJob) & {
  readonly output: Output;
};

export interface StoreJobResult {
  /** False when there was nothing to write: then there is no file. */
  readonly written: boolean;
  /** What could not be read of the segments that the job read, in words. */
  readonly damage: readonly string[];
  /** Which series had a value in the windows that were written. */
  readonly seen?: Sightings | undefined;
}

export async function run({ files }: Pick<ThreadWorld, "files">, job: StoreJob): Promise<StoreJobResult> {
  const damage: string[] = [];
  const onDamage: OnDamage = (what, error) => {
    // A disk that refuses may obey the next time; only what is broken for good is left out.
    if (errorCode(error) !== "SEGMENT_DAMAGED" && errorCode(error) !== "SEGMENT_VERSION") throw error;
    damage.push(what);
  };
  const writer = new SegmentWriter(files, job.output.path, job.output.header);
  try {
    const seen = await write(files, job, writer, onDamage);
    if (job.kind === "merge" && damage.length > 0) {
      await writer.abandon(); // what it would replace still has more than it has
      return { written: false, damage };
    }
    return { written: await writer.finish(), damage, seen };
  } catch (error) {
    await writer.abandon().catch(() => undefined); // what is left of it is removed at the next start
    throw error;
  }
}

async function write(
  files: Files,
  job: StoreJob,
  writer: SegmentWriter,
  onDamage: OnDamage,
): Promise<Sightings | undefined> {
  switch (job.kind) {
    case "window":
      return writeWindows(job, writer);
    case "summary":
      await writeSummary(files, job, writer, onDamage);
      return undefined;
    case "late":
      await writeLate(files, job, writer, onDamage);
      return undefined;
    case "remake":
      await writeRemade(files, job, writer, onDamage);
      return undefined;
    case "merge":
      await writeMerge(files, job, writer, onDamage);
      return undefined;
    case "move":
      await writeMove(files, job, writer, onDamage);
      return undefined;
  }
}

export const STORE_JOBS: ThreadProgram<StoreJob, StoreJobResult> = { module: import.meta.url, run };
