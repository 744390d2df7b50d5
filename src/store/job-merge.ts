/** Segments of one tier → one segment that holds what a read through all of them would give. */
import type { Files } from "../core/world.ts";
import { columnBlock } from "./column-block.ts";
import { rowsAtOnce } from "./job-summary.ts";
import { lowerBound, type OnDamage, type Segment } from "./segment.ts";
import type { SegmentHeader } from "./segment-format.ts";
import { SegmentSet } from "./segment-set.ts";
import type { SegmentWriter } from "./segment-writer.ts";

export interface MergeJob {
  readonly kind: "merge";
  readonly output: { readonly header: SegmentHeader };
  /** Paths, the newest first. */
  readonly inputs: readonly string[];
  /** Beginnings of the windows that are merged; absent for all that the inputs have. */
  readonly windows: readonly number[] | undefined;
  /** Series that are left out, ascending. */
  readonly without: Int32Array;
  /** Merged windows of the tier. What they were made of must not come to lie over them again. */
  readonly covers: readonly Cover[];
}

export interface Cover {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly sequence: number;
}

export async function writeMerge(
  files: Files,
  job: MergeJob,
  writer: SegmentWriter,
  onDamage: OnDamage,
): Promise<void> {
  const { stepSeconds, windowSlots, columns } = job.output.header;
  const span = windowSlots * stepSeconds;
  const atOnce = rowsAtOnce(windowSlots, columns);
  await SegmentSet.with(files, job.inputs, onDamage, async (set) => {
    for (const start of job.windows ?? (await set.windows(span))) {
      const covered = coveredThrough(job.covers, start, start + span);
      const wanted = (segment: Segment): boolean => job.windows !== undefined || segment.header.sequence > covered;
      const ids = excluding(await set.idsBetween(start, start + span, wanted), job.without);
      for (let i = 0; i < ids.length; i += atOnce) {
        const some = ids.subarray(i, i + atOnce);
        const block = columnBlock(some.length, windowSlots, stepSeconds, start, columns);
        await set.readInto(some, block, wanted);
        for (let row = 0; row < some.length; row++) {
          writer.add(start, some[row]!, block.columns, row * windowSlots);
          if (writer.full) await writer.write();
        }
      }
    }
  });
}

/** The youngest merged segment that has all of a window; −1 for none. */
function coveredThrough(covers: readonly Cover[], start: number, end: number): number {
  let sequence = -1;
  for (const cover of covers) {
    if (cover.startSeconds <= start && cover.endSeconds >= end) sequence = Math.max(sequence, cover.sequence);
  }
  return sequence;
}

function excluding(ids: Int32Array, without: Int32Array): Int32Array {
  if (without.length === 0) return ids;
  return ids.filter((id) => without[lowerBound(without, id)] !== id);
}
