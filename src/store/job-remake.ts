/** Late points that came in bulk → the summaries, in one tier, of the times that they lie in, made anew. */
import type { Files } from "../core/world.ts";
import { type ColumnBlock, columnBlock } from "./column-block.ts";
import { type HeadLayer, LAYER_SLOTS, valueAt } from "./head.ts";
import { type FinerTier, rowsAtOnce } from "./job-summary.ts";
import { layersBetween, rowsById, rowsIn } from "./job-window.ts";
import { copySummary } from "./late.ts";
import type { OnDamage } from "./segment.ts";
import { type SegmentHeader, SUMMARY_COLUMNS } from "./segment-format.ts";
import { SegmentSet } from "./segment-set.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { summarise } from "./summary.ts";

export interface RemakeJob {
  readonly kind: "remake";
  readonly output: { readonly header: SegmentHeader };
  /** Of the slots of the layers. */
  readonly finestSeconds: number;
  /** Series by row; −1 for none. */
  readonly ids: Int32Array;
  readonly layers: readonly HeadLayer[];
  /** Until when the tier has summaries: what is later will be summarised when it is time. */
  readonly completeUntil: number;
  readonly finer: FinerTier;
}

/** Some series in a window: which of their slots are to be made anew. */
interface Touched {
  readonly ids: Int32Array;
  /** By series and slot: 1 where a value has come. */
  readonly slots: Uint8Array;
  readonly first: number;
  readonly last: number;
}

export async function writeRemade(
  files: Files,
  job: RemakeJob,
  writer: SegmentWriter,
  onDamage: OnDamage,
): Promise<void> {
  const { finestSeconds, ids, layers, finer } = job;
  const { stepSeconds, windowSlots } = job.output.header;
  const span = stepSeconds * windowSlots;
  const rows = rowsById(ids);
  await SegmentSet.with(files, finer.paths, onDamage, async (set) => {
    for (const start of windowStarts(job, span)) {
      const here = layersBetween(layers, start / finestSeconds, (start + span) / finestSeconds);
      const present = rowsIn(here, rows);
      const atOnce = rowsAtOnce(span / finer.stepSeconds, finer.columns);
      for (let i = 0; i < present.length; i += atOnce) {
        const touched = touchedIn(job, here, present.subarray(i, i + atOnce), start);
        if (touched.ids.length === 0) continue;
        const block = await remake(set, job, touched, start);
        for (let row = 0; row < touched.ids.length; row++) {
          writer.add(start, touched.ids[row]!, block.columns, row * windowSlots);
          if (writer.full) await writer.write();
        }
      }
    }
  });
}

/** Windows of the tier in which there are values and summaries. */
function windowStarts({ layers, finestSeconds, completeUntil }: RemakeJob, span: number): readonly number[] {
  const starts = new Set<number>();
  for (const { firstSlot } of layers) {
    for (const slot of [firstSlot, firstSlot + LAYER_SLOTS - 1]) {
      const start = slot * finestSeconds - ((slot * finestSeconds) % span);
      if (start < completeUntil) starts.add(start);
    }
  }
  return [...starts].sort((a, b) => a - b);
}

function touchedIn(job: RemakeJob, layers: readonly HeadLayer[], rows: Int32Array, start: number): Touched {
  const { finestSeconds, completeUntil } = job;
  const { stepSeconds, windowSlots } = job.output.header;
  const end = Math.min(start + windowSlots * stepSeconds, completeUntil);
  const slots = new Uint8Array(rows.length * windowSlots);
  const ids = new Int32Array(rows.length);
  let count = 0;
  let first = windowSlots;
  let last = -1;
  for (const row of rows) {
    let any = false;
    for (const layer of layers) {
      for (let slot = layer.firstSlot; slot < layer.firstSlot + LAYER_SLOTS; slot++) {
        const seconds = slot * finestSeconds;
        if (seconds < start || seconds >= end || Number.isNaN(valueAt(layer, row, slot))) continue;
        const place = Math.floor((seconds - start) / stepSeconds);
        slots[count * windowSlots + place] = 1;
        first = Math.min(first, place);
        last = Math.max(last, place);
        any = true;
      }
    }
    if (any) ids[count++] = job.ids[row]!;
  }
  return { ids: ids.slice(0, count), slots, first, last };
}

async function remake(
  set: SegmentSet,
  { finer, output }: RemakeJob,
  touched: Touched,
  start: number,
): Promise<ColumnBlock> {
  const { stepSeconds, windowSlots } = output.header;
  const { ids, slots, first, last } = touched;
  const from = start + first * stepSeconds;
  const fineSlots = ((last + 1 - first) * stepSeconds) / finer.stepSeconds;
  const fine = columnBlock(ids.length, fineSlots, finer.stepSeconds, from, finer.columns);
  await set.readInto(ids, fine);
  const coarse = summarise(fine, stepSeconds);
  const block = columnBlock(ids.length, windowSlots, stepSeconds, start, SUMMARY_COLUMNS);
  for (let row = 0; row < ids.length; row++) {
    for (let slot = first; slot <= last; slot++) {
      const at = row * windowSlots + slot;
      if (slots[at] === 1) copySummary(coarse, row * coarse.slots + slot - first, block, at);
    }
  }
  return block;
}
