/** Late points → an overlay segment of one tier. */
import type { Files } from "../core/world.ts";
import { type ColumnBlock, columnBlock } from "./column-block.ts";
import { type FinerTier, rowsAtOnce } from "./job-summary.ts";
import { changeOf, copySummary, type LatePoints, type LateWindow, REMADE, setDirect, windowsOf } from "./late.ts";
import type { OnDamage } from "./segment.ts";
import { type SegmentHeader, SUMMARY_COLUMNS } from "./segment-format.ts";
import { SegmentSet } from "./segment-set.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { summarise } from "./summary.ts";

export interface LateJob {
  readonly kind: "late";
  readonly output: { readonly header: SegmentHeader };
  readonly tier: number;
  readonly points: LatePoints;
  /** By point: 1 when its series is summarised by its sum. */
  readonly summed: Uint8Array;
  /** Finest slots in one slot of the tier. */
  readonly finestPerSlot: number;
  /** Until when the tier has summaries (tier > 0). */
  readonly completeUntil: number;
  /** What a summary is made anew from (tier > 0). */
  readonly finer: FinerTier;
}

export async function writeLate(files: Files, job: LateJob, writer: SegmentWriter, onDamage: OnDamage): Promise<void> {
  if (job.tier === 0) await writeRaw(job, writer);
  else {
    await SegmentSet.with(files, job.finer.paths, onDamage, (finer) => writeSummaries(job, finer, writer));
  }
}

async function writeRaw({ points, output }: LateJob, writer: SegmentWriter): Promise<void> {
  const { stepSeconds, windowSlots } = output.header;
  const values = new Float64Array(windowSlots);
  for (const window of windowsOf(points, windowSlots * stepSeconds, (i) => points.tiers[i] === 0)) {
    for (const places of seriesOf(points, window)) {
      values.fill(Number.NaN);
      for (const i of places) {
        values[Math.floor((points.seconds[i]! - window.startSeconds) / stepSeconds)] = points.values[i]!;
      }
      writer.add(window.startSeconds, points.ids[places[0]!]!, [values], 0);
      if (writer.full) await writer.write();
    }
  }
}

/** The points of a window, series by series. */
function* seriesOf(points: LatePoints, { places }: LateWindow): Generator<Uint32Array> {
  for (let from = 0; from < places.length; ) {
    const id = points.ids[places[from]!];
    let to = from + 1;
    while (to < places.length && points.ids[places[to]!] === id) to++;
    yield places.subarray(from, to);
    from = to;
  }
}

async function writeSummaries(job: LateJob, finer: SegmentSet, writer: SegmentWriter): Promise<void> {
  const { points, tier, completeUntil } = job;
  const { stepSeconds, windowSlots } = job.output.header;
  const changes = (i: number): boolean => changeOf(points, i, tier, completeUntil, stepSeconds) !== undefined;
  for (const window of windowsOf(points, windowSlots * stepSeconds, changes)) {
    const series = [...seriesOf(points, window)];
    const ratio = stepSeconds / job.finer.stepSeconds;
    const atOnce = rowsAtOnce(windowSlots * ratio, job.finer.columns);
    for (let i = 0; i < series.length; i += atOnce) {
      const some = series.slice(i, i + atOnce);
      const ids = Int32Array.from(some, (places) => points.ids[places[0]!]!);
      const block = columnBlock(some.length, windowSlots, stepSeconds, window.startSeconds, SUMMARY_COLUMNS);
      const remade = applyChanges(job, some, block);
      if (remade.length > 0) await remake(job, finer, ids, block, remade);
      for (let row = 0; row < ids.length; row++) {
        writer.add(window.startSeconds, ids[row]!, block.columns, row * windowSlots);
        if (writer.full) await writer.write();
      }
    }
  }
}

/** Puts in place what was written straight into the tier; returns the places in the block that are to be remade. */
function applyChanges(job: LateJob, series: readonly Uint32Array[], block: ColumnBlock): readonly number[] {
  const { points, tier, completeUntil } = job;
  const remade = new Set<number>();
  for (let row = 0; row < series.length; row++) {
    for (const i of series[row]!) {
      const at = row * block.slots + Math.floor((points.seconds[i]! - block.startSeconds) / block.stepSeconds);
      const change = changeOf(points, i, tier, completeUntil, block.stepSeconds)!;
      if (change === REMADE) remade.add(at);
      else {
        remade.delete(at);
        setDirect(block, at, change, job.summed[i] === 1, job.finestPerSlot);
      }
    }
  }
  return [...remade];
}

/** Fills places of the block from the finer tier. */
async function remake(
  job: LateJob,
  finer: SegmentSet,
  ids: Int32Array,
  block: ColumnBlock,
  places: readonly number[],
): Promise<void> {
  let first = block.slots;
  let last = 0;
  for (const at of places) {
    first = Math.min(first, at % block.slots);
    last = Math.max(last, at % block.slots);
  }
  const { stepSeconds, columns } = job.finer;
  const start = block.startSeconds + first * block.stepSeconds;
  const slots = ((last + 1 - first) * block.stepSeconds) / stepSeconds;
  const fine = columnBlock(ids.length, slots, stepSeconds, start, columns);
  await finer.readInto(ids, fine);
  const coarse = summarise(fine, block.stepSeconds);
  for (const at of places) {
    const row = Math.floor(at / block.slots);
    copySummary(coarse, row * coarse.slots + (at % block.slots) - first, block, at);
  }
}
