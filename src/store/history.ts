/**
 * History that another store has kept in archives of its own → our tiers. Pure.
 *
 *     their archives    10s:1d ▕██████▏            5m:30d ▕██████████████████████▏
 *     our tiers         10s:2d  ▕▒▒▒▒▒██████▏      of the same step: as it is (█)
 *                       1m:30d  ▕▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▏  of finer steps: summarised (▓), the finest first
 *                       10m:1y  ▕▓▓▓▓▓▓▓▓▓▓▓▏      of coarser steps: what is older, each value in the slot of its time (▒)
 */
import { type AggregationMethod, summaryValue } from "../core/aggregation.ts";
import { type ColumnBlock, columnBlock } from "./column-block.ts";
import { setDirect } from "./late.ts";
import type { Archive, SeriesSchema } from "./schemas.ts";
import { RAW_COLUMNS, SUMMARY_COLUMNS } from "./segment-format.ts";
import { setSummary } from "./summary.ts";

/** One archive of the other store: a value for each of its slots, NaN for none. */
export interface HistoryArchive {
  /** A multiple of the step. */
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly values: Float64Array;
}

/** A stretch of one series in one of our tiers. */
export interface TierPiece {
  readonly startSeconds: number;
  /** In slots of the tier: what the other store had there, NaN for none. Absent when it was summarised. */
  readonly direct?: Float64Array;
  readonly summary?: ColumnBlock;
}

export interface TierHistory {
  readonly pieces: readonly TierPiece[];
  /** From when on all that was known is there, and not only a value here and there of a coarser archive. */
  readonly denseFrom: number;
}

export interface TierFrame {
  readonly tier: number;
  readonly stepSeconds: number;
  /** Time of the first slot that is wanted. */
  readonly fromSeconds: number;
  readonly schema: SeriesSchema;
}

/** What a tier gets. `archives` come finest first, and end at the present. */
export function placeHistory(archives: readonly HistoryArchive[], frame: TierFrame): TierHistory {
  const { stepSeconds } = frame;
  const pieces: TierPiece[] = [];
  let until = Number.POSITIVE_INFINITY; // what is younger has been placed
  const take = (piece: TierPiece | undefined, coveredFrom: number): void => {
    if (piece !== undefined) pieces.push(piece);
    until = Math.min(until, Math.max(coveredFrom, frame.fromSeconds));
  };
  const same = archives.find((archive) => archive.stepSeconds === stepSeconds);
  if (same !== undefined) take(cutDirect(same, frame.fromSeconds, until), same.startSeconds);
  for (const archive of archives) {
    const coveredFrom = alignUp(archive.startSeconds, stepSeconds);
    if (archive.stepSeconds >= stepSeconds || coveredFrom >= until) continue;
    take(summarised(archive, frame, Math.max(coveredFrom, frame.fromSeconds), until), coveredFrom);
  }
  const denseFrom = until; // infinite when there was nothing
  for (const archive of archives) {
    if (archive.stepSeconds <= stepSeconds || archive.startSeconds >= until) continue;
    take(scattered(archive, frame, until), archive.startSeconds);
  }
  return { pieces, denseFrom };
}

/** Times that a tier leaves out: [from, to). */
export interface Hole {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/**
 * From `openFrom` on, the store will make the next coarser tier anew out of this one, and its summaries take the place
 * of what was loaded there. So nothing may be here of a coarse slot of which this tier has only a part; and no lone
 * values where they would not pass for a known slot.
 */
export function holeOf({ denseFrom }: TierHistory, openFrom: number, coarseStep: number, schema: SeriesSchema): Hole {
  const loneAreSlots = schema.xFilesFactor === 0 && schema.method !== "avg_zero";
  if (denseFrom === Number.POSITIVE_INFINITY) {
    return { fromSeconds: loneAreSlots ? denseFrom : openFrom, toSeconds: denseFrom };
  }
  const from = loneAreSlots ? Math.max(openFrom, alignDown(denseFrom, coarseStep)) : openFrom;
  return { fromSeconds: from, toSeconds: alignUp(denseFrom, coarseStep) };
}

/** What is left of pieces without a hole. */
export function withoutHole(pieces: readonly TierPiece[], stepSeconds: number, hole: Hole): readonly TierPiece[] {
  if (hole.fromSeconds >= hole.toSeconds) return pieces;
  return pieces.flatMap((piece) => [
    ...cutPiece(piece, stepSeconds, 0, hole.fromSeconds),
    ...cutPiece(piece, stepSeconds, hole.toSeconds, Number.POSITIVE_INFINITY),
  ]);
}

function cutPiece(piece: TierPiece, stepSeconds: number, from: number, until: number): readonly TierPiece[] {
  const { startSeconds, direct, summary } = piece;
  const slots = (endOfPiece(piece, stepSeconds) - startSeconds) / stepSeconds;
  const first = Math.min(slots, Math.max(0, Math.ceil((from - startSeconds) / stepSeconds)));
  const last = Math.min(slots, Math.ceil((until - startSeconds) / stepSeconds));
  if (first >= last) return [];
  const start = startSeconds + first * stepSeconds;
  if (summary === undefined) return [{ startSeconds: start, direct: direct!.subarray(first, last) }];
  const columns = summary.columns.map((column) => column.subarray(first, last));
  return [{ startSeconds: start, summary: { ...summary, startSeconds: start, slots: last - first, columns } }];
}

/** Whether our tiers can hold everything as it is. */
export function fitsExactly(archives: readonly Archive[], tiers: readonly Archive[]): boolean {
  return archives.every(({ step, points }) => tiers.some((tier) => tier.step === step && tier.points >= points));
}

function cutDirect(archive: HistoryArchive, from: number, until: number): TierPiece | undefined {
  const { startSeconds, stepSeconds, values } = archive;
  const first = Math.max(0, (from - startSeconds) / stepSeconds);
  const last = Math.min(values.length, (until - startSeconds) / stepSeconds);
  if (first >= last) return undefined;
  return { startSeconds: startSeconds + first * stepSeconds, direct: values.subarray(first, last) };
}

/** Values of a coarser archive, each alone in the slot of its time. */
function scattered(archive: HistoryArchive, frame: TierFrame, until: number): TierPiece | undefined {
  const first = Math.max(0, Math.ceil((frame.fromSeconds - archive.startSeconds) / archive.stepSeconds));
  const last = Math.min(archive.values.length, Math.ceil((until - archive.startSeconds) / archive.stepSeconds));
  if (first >= last) return undefined;
  const startSeconds = alignDown(archive.startSeconds + first * archive.stepSeconds, frame.stepSeconds);
  const end = archive.startSeconds + last * archive.stepSeconds;
  const direct = new Float64Array(Math.ceil((end - startSeconds) / frame.stepSeconds)).fill(Number.NaN);
  for (let i = first; i < last; i++) {
    const time = archive.startSeconds + i * archive.stepSeconds;
    direct[Math.floor((time - startSeconds) / frame.stepSeconds)] = archive.values[i]!;
  }
  return { startSeconds, direct };
}

/** Values of a finer archive in slots [from, until), as the series' own method has them. */
function summarised(archive: HistoryArchive, frame: TierFrame, from: number, until: number): TierPiece | undefined {
  const archiveEnd = archive.startSeconds + archive.values.length * archive.stepSeconds;
  const slots = Math.ceil((Math.min(until, archiveEnd) - from) / frame.stepSeconds);
  if (slots <= 0) return undefined;
  const { method, xFilesFactor, archives } = frame.schema;
  const summary = sumUp(archive, frame.stepSeconds, from, slots);
  const perSlot = frame.stepSeconds / archive.stepSeconds;
  if (frame.tier === 0) {
    return { startSeconds: from, direct: readSummary(summary, method, perSlot, xFilesFactor) };
  }
  // A tier counts in slots of the finest one; sums of a series that is not summed weigh as many.
  const weight = archive.stepSeconds / archives[0]!.step;
  const [sum, count] = summary.columns as [Float64Array, Float64Array];
  for (let at = 0; at < slots; at++) {
    count[at]! *= weight;
    if (method !== "sum") sum[at]! *= weight;
  }
  return { startSeconds: from, summary };
}

function sumUp(archive: HistoryArchive, stepSeconds: number, from: number, slots: number): ColumnBlock {
  const block = columnBlock(1, slots, stepSeconds, from, SUMMARY_COLUMNS);
  const { values } = archive;
  for (let slot = 0; slot < slots; slot++) {
    const begin = Math.ceil((from + slot * stepSeconds - archive.startSeconds) / archive.stepSeconds);
    const end = Math.ceil((from + (slot + 1) * stepSeconds - archive.startSeconds) / archive.stepSeconds);
    let [known, sum, min, max, last] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    for (let i = begin; i < end && i < values.length; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      known++;
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
      last = value;
    }
    if (known > 0) setSummary(block, slot, sum, known, min, max, last);
  }
  return block;
}

function readSummary(
  { slots, columns }: ColumnBlock,
  method: AggregationMethod,
  perSlot: number,
  xFilesFactor: number,
): Float64Array {
  const [sum, count, min, max, last] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return Float64Array.from({ length: slots }, (_, at) => {
    if (!(count[at]! / perSlot >= xFilesFactor)) return Number.NaN;
    const summary = { sum: sum[at]!, count: count[at]!, min: min[at]!, max: max[at]!, last: last[at]! };
    return summaryValue(method, summary, perSlot);
  });
}

/** Copies what a piece has in a window of a tier; `block` is that window, of one series. */
export function fillFromPiece(piece: TierPiece, block: ColumnBlock, summed: boolean, finestPerSlot: number): void {
  const shift = (block.startSeconds - piece.startSeconds) / block.stepSeconds;
  const length = piece.direct?.length ?? piece.summary!.slots;
  const first = Math.max(0, -shift);
  const last = Math.min(block.slots, length - shift);
  for (let slot = first; slot < last; slot++) {
    if (piece.direct === undefined) {
      for (let c = 0; c < block.columns.length; c++)
        block.columns[c]![slot] = piece.summary!.columns[c]![slot + shift]!;
      continue;
    }
    const value = piece.direct[slot + shift]! + 0; // −0 becomes 0
    if (Number.isNaN(value)) continue;
    if (block.columns.length === RAW_COLUMNS) block.columns[0]![slot] = value;
    else setDirect(block, slot, value, summed, finestPerSlot);
  }
}

/** Just past the last slot of a piece. */
export function endOfPiece(piece: TierPiece, stepSeconds: number): number {
  return piece.startSeconds + (piece.direct?.length ?? piece.summary!.slots) * stepSeconds;
}

export function alignDown(seconds: number, step: number): number {
  return seconds - (seconds % step);
}

export function alignUp(seconds: number, step: number): number {
  return alignDown(seconds + step - 1, step);
}
