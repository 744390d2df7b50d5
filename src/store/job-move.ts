/**
 * Values of series that are kept otherwise than before → an overlay of a tier of their new partition. The finest of the
 * former tiers that has a value for a time gives it; where the new tier has one already, that stays. So the same move can
 * be done twice.
 */
import { type AggregationMethod, summaryValue } from "../core/aggregation.ts";
import type { Files } from "../core/world.ts";
import { type ColumnBlock, columnBlock } from "./column-block.ts";
import { type FinerTier, rowsAtOnce } from "./job-summary.ts";
import type { OnDamage } from "./segment.ts";
import { RAW_COLUMNS, type SegmentHeader, SUMMARY_COLUMNS } from "./segment-format.ts";
import { SegmentSet } from "./segment-set.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { COUNT, LAST, MAX, MIN, SUM, setSummary } from "./summary.ts";

export interface MoveJob {
  readonly kind: "move";
  readonly output: { readonly header: SegmentHeader };
  /** Ascending. */
  readonly ids: Int32Array;
  /** How each is summarised. */
  readonly methods: readonly AggregationMethod[];
  /** Tiers of the former partition, finest first. */
  readonly sources: readonly FinerTier[];
  /** What the new tier has already. */
  readonly target: FinerTier;
  /** Step of the new partition's finest tier. */
  readonly finestSeconds: number;
  /** Times that are moved: [from, to). */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export async function writeMove(files: Files, job: MoveJob, writer: SegmentWriter, onDamage: OnDamage): Promise<void> {
  const { stepSeconds, windowSlots, columns } = job.output.header;
  const span = stepSeconds * windowSlots;
  // From its first value in a finer tier on, a series has none but those of that tier: a coarser one only sums them up.
  const finerFrom = job.sources.map(() => new Float64Array(job.ids.length).fill(Number.POSITIVE_INFINITY));
  await withAll(files, [job.target, ...job.sources], onDamage, async ([target, ...sources]) => {
    const windows = new Set<number>();
    for (const source of sources) for (const start of await source.windows(span)) windows.add(start);
    for (const start of [...windows].sort((a, b) => a - b)) {
      if (start + span <= job.fromSeconds || start >= job.toSeconds) continue;
      const finest = Math.min(...job.sources.map((source) => source.stepSeconds), stepSeconds);
      const atOnce = rowsAtOnce(Math.ceil(span / finest), SUMMARY_COLUMNS);
      for (let i = 0; i < job.ids.length; i += atOnce) {
        const ids = job.ids.subarray(i, i + atOnce);
        const there = columnBlock(ids.length, windowSlots, stepSeconds, start, columns);
        await target!.readInto(ids, there);
        const moved = columnBlock(ids.length, windowSlots, stepSeconds, start, columns);
        for (const [n, source] of sources.entries()) {
          const former = await readFormer(source, job.sources[n]!, ids, start, span);
          for (let row = 0; row < ids.length; row++) {
            moveRow(job, finerFrom[n]![i + row]!, former, there, moved, row, job.methods[i + row]!);
            const first = firstValue(former, row);
            for (const coarser of finerFrom.slice(n + 1)) coarser[i + row] = Math.min(coarser[i + row]!, first);
          }
        }
        for (let row = 0; row < ids.length; row++) {
          writer.add(start, ids[row]!, moved.columns, row * windowSlots);
          if (writer.full) await writer.write();
        }
      }
    }
  });
}

/** Opens the segments of several tiers. */
async function withAll(
  files: Files,
  tiers: readonly FinerTier[],
  onDamage: OnDamage,
  use: (sets: SegmentSet[]) => Promise<void>,
  open: SegmentSet[] = [],
): Promise<void> {
  const [first, ...rest] = tiers;
  if (first === undefined) return use(open);
  await SegmentSet.with(files, first.paths, onDamage, (set) => withAll(files, rest, onDamage, use, [...open, set]));
}

async function readFormer(
  set: SegmentSet,
  { stepSeconds, columns }: FinerTier,
  ids: Int32Array,
  start: number,
  span: number,
): Promise<ColumnBlock> {
  const from = start - (start % stepSeconds);
  const slots = Math.ceil((start + span - from) / stepSeconds);
  const block = columnBlock(ids.length, slots, stepSeconds, from, columns);
  await set.readInto(ids, block);
  return block;
}

/** Brings a row of a former tier to the slots of the new one, where neither it nor a finer former tier has a value. */
function moveRow(
  job: MoveJob,
  finerFrom: number,
  former: ColumnBlock,
  there: ColumnBlock,
  moved: ColumnBlock,
  row: number,
  method: AggregationMethod,
): void {
  const { stepSeconds, slots, startSeconds } = moved;
  for (let from = 0; from < former.slots; ) {
    const slot = Math.floor((former.startSeconds + from * former.stepSeconds - startSeconds) / stepSeconds);
    let to = from + 1;
    while (to < former.slots && former.startSeconds + to * former.stepSeconds < startSeconds + (slot + 1) * stepSeconds)
      to++;
    const at = row * slots + slot;
    const time = startSeconds + slot * stepSeconds;
    const known = former.startSeconds + to * former.stepSeconds > finerFrom;
    const wanted = !known && slot >= 0 && slot < slots && time >= job.fromSeconds && time < job.toSeconds;
    if (wanted && Number.isNaN(there.columns[0]![at]!) && Number.isNaN(moved.columns[0]![at]!)) {
      setMoved(job, former, row * former.slots + from, row * former.slots + to, moved, at, method);
    }
    from = to;
  }
}

/** Time of the first value of a row. */
function firstValue({ columns, slots, startSeconds, stepSeconds }: ColumnBlock, row: number): number {
  for (let slot = 0; slot < slots; slot++) {
    if (!Number.isNaN(columns[0]![row * slots + slot]!)) return startSeconds + slot * stepSeconds;
  }
  return Number.POSITIVE_INFINITY;
}

/** Makes one value of the new tier out of [from, to) of the former one. */
function setMoved(
  job: MoveJob,
  former: ColumnBlock,
  from: number,
  to: number,
  moved: ColumnBlock,
  at: number,
  method: AggregationMethod,
): void {
  const raw = former.columns.length === RAW_COLUMNS;
  let [sum, count, min, max, last] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  for (let i = from; i < to; i++) {
    const known = raw ? (Number.isNaN(former.columns[0]![i]!) ? 0 : 1) : (former.columns[COUNT]![i] ?? 0);
    if (!(known > 0)) continue;
    count += known;
    sum += former.columns[raw ? 0 : SUM]![i]!;
    min = Math.min(min, former.columns[raw ? 0 : MIN]![i]!);
    max = Math.max(max, former.columns[raw ? 0 : MAX]![i]!);
    last = former.columns[raw ? 0 : LAST]![i]!;
  }
  if (count === 0) return;
  if (moved.columns.length === RAW_COLUMNS) {
    moved.columns[0]![at] = summaryValue(method, { sum, count, min, max, last }, count);
    return;
  }
  // Known slots are counted in the finest slots of where it is kept: here they are as many as the time they stand for.
  const finestPerSlot = moved.stepSeconds / job.finestSeconds;
  const share = Math.min(1, ((to - from) * former.stepSeconds) / moved.stepSeconds);
  const newCount = Math.max(1, Math.round(finestPerSlot * share * knownShare(job, former, count, to - from)));
  const newSum = method === "sum" ? sum : (sum / count) * newCount;
  setSummary(moved, at, newSum, newCount, min, max, last);
}

/** How much of the former slots was known, from 0 to 1. */
function knownShare(job: MoveJob, former: ColumnBlock, count: number, slots: number): number {
  const perSlot = former.stepSeconds / job.sources[0]!.stepSeconds;
  return Math.min(1, count / (slots * perSlot));
}
