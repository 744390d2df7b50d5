/** A window of a finer tier → a segment of summaries. */
import type { Files } from "../core/world.ts";
import { columnBlock } from "./column-block.ts";
import type { OnDamage } from "./segment.ts";
import type { SegmentHeader } from "./segment-format.ts";
import { SegmentSet } from "./segment-set.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { summarise } from "./summary.ts";

/** Values of a block that is read at a time, in all its columns: 4 MiB. */
export const BLOCK_POINTS = 524_288;

export interface SummaryJob {
  readonly kind: "summary";
  readonly output: { readonly header: SegmentHeader };
  readonly startSeconds: number;
  readonly finer: FinerTier;
}

/** The tier that is summarised: paths of its segments, the newest first. */
export interface FinerTier {
  readonly paths: readonly string[];
  readonly stepSeconds: number;
  readonly columns: number;
}

export async function writeSummary(
  files: Files,
  job: SummaryJob,
  writer: SegmentWriter,
  onDamage: OnDamage,
): Promise<void> {
  const { startSeconds, finer } = job;
  const { stepSeconds, windowSlots } = job.output.header;
  const end = startSeconds + windowSlots * stepSeconds;
  const slots = (end - startSeconds) / finer.stepSeconds;
  await SegmentSet.with(files, finer.paths, onDamage, async (set) => {
    const ids = await set.idsBetween(startSeconds, end);
    const atOnce = rowsAtOnce(slots, finer.columns);
    for (let i = 0; i < ids.length; i += atOnce) {
      const some = ids.subarray(i, i + atOnce);
      const fine = columnBlock(some.length, slots, finer.stepSeconds, startSeconds, finer.columns);
      await set.readInto(some, fine);
      const coarse = summarise(fine, stepSeconds);
      for (let row = 0; row < some.length; row++) {
        writer.add(startSeconds, some[row]!, coarse.columns, row * coarse.slots);
        if (writer.full) await writer.write();
      }
    }
  });
}

/** Series that are read at a time. */
export function rowsAtOnce(slots: number, columns: number): number {
  return Math.max(1, Math.floor(BLOCK_POINTS / (slots * columns)));
}
