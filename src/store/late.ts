/**
 * Late points → overlay segments.
 *
 * A late point belongs to a window that has been written out. In its own tier it is laid over what is there; in each
 * coarser tier that has a summary of its time already, that summary is made anew from the finer tier.
 */
import type { AggregationMethod } from "../core/aggregation.ts";
import { type ColumnBlock, columnBlock } from "./column-block.ts";
import type { Level } from "./level.ts";
import type { PointBuffer } from "./point-buffer.ts";
import { RAW_COLUMNS } from "./segment-format.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { setSummary, summarise } from "./summary.ts";

/** What happened to one slot of a summarising tier: a value was written to it, or a finer value in it changed. */
export type SlotChange = number | typeof REMADE;
export const REMADE = Symbol("made anew from the finer tier");

/** The change that a late point makes in a tier; undefined for none. */
export function changeOf(
  buffer: PointBuffer,
  i: number,
  tier: number,
  completeUntil: number,
  step: number,
): SlotChange | undefined {
  const pointTier = buffer.tiers[i]!;
  if (pointTier === tier) return buffer.values[i]!;
  if (pointTier > tier) return undefined;
  const slotStart = buffer.seconds[i]! - (buffer.seconds[i]! % step);
  return slotStart < completeUntil ? REMADE : undefined;
}

/** A value that was written straight into a summarising tier stands for a whole slot of the series' own aggregate. */
export function setDirect(
  block: ColumnBlock,
  at: number,
  value: number,
  method: AggregationMethod,
  finestPerSlot: number,
): void {
  const sum = method === "sum" ? value : value * finestPerSlot;
  setSummary(block, at, sum, finestPerSlot, value, value, value);
}

/** Copies slot `from` of one block of summaries to slot `to` of another; nothing when it is empty there. */
export function copySummary(source: ColumnBlock, from: number, target: ColumnBlock, to: number): void {
  for (let c = 0; c < target.columns.length; c++) target.columns[c]![to] = source.columns[c]![from]!;
}

/** The points of one series in one window, by their places in the buffer, in order of arrival. */
export interface LateGroup {
  readonly windowStart: number;
  readonly id: number;
  readonly places: readonly number[];
}

/** Groups the points for which `wanted`, by window and then by series, as a segment wants them. */
export function groupLate(
  buffer: PointBuffer,
  windowSeconds: number,
  wanted: (i: number) => boolean,
): readonly LateGroup[] {
  const groups = new Map<string, { windowStart: number; id: number; places: number[] }>();
  for (let i = 0; i < buffer.length; i++) {
    if (!wanted(i)) continue;
    const windowStart = buffer.seconds[i]! - (buffer.seconds[i]! % windowSeconds);
    const id = buffer.ids[i]!;
    const key = `${windowStart}/${id}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { windowStart, id, places: [i] });
    else group.places.push(i);
  }
  return [...groups.values()].sort((a, b) => a.windowStart - b.windowStart || a.id - b.id);
}

export interface LateContext {
  readonly methodOf: (id: number) => AggregationMethod;
  /** Finest slots in one slot of the tier. */
  readonly finestPerSlot: number;
  /** Until when the tier has summaries (tier > 0). */
  readonly completeUntil: number;
  /** Reads the next finer tier. */
  readonly readFiner: (ids: Int32Array, startSeconds: number, slots: number) => Promise<ColumnBlock>;
  readonly finerStepSeconds: number;
}

/** Writes what the late points change in one tier. */
export async function writeLate(
  buffer: PointBuffer,
  level: Level,
  writer: SegmentWriter,
  context: LateContext,
): Promise<void> {
  if (level.columns === RAW_COLUMNS) await writeRaw(buffer, level, writer);
  else await writeSummaries(buffer, level, writer, context);
}

async function writeRaw(buffer: PointBuffer, level: Level, writer: SegmentWriter): Promise<void> {
  const row = new Float64Array(level.windowSlots);
  for (const group of groupLate(buffer, level.windowSeconds, (i) => buffer.tiers[i] === 0)) {
    row.fill(Number.NaN);
    for (const i of group.places)
      row[((buffer.seconds[i]! - group.windowStart) / level.stepSeconds) | 0] = buffer.values[i]!;
    writer.add(group.windowStart, group.id, [row], 0);
    if (writer.full) await writer.write();
  }
}

async function writeSummaries(
  buffer: PointBuffer,
  level: Level,
  writer: SegmentWriter,
  context: LateContext,
): Promise<void> {
  const { stepSeconds, windowSlots, tier } = level;
  const change = (i: number): SlotChange | undefined => changeOf(buffer, i, tier, context.completeUntil, stepSeconds);
  const groups = groupLate(buffer, level.windowSeconds, (i) => change(i) !== undefined);
  for (const group of groups) {
    const block = columnBlock(1, windowSlots, stepSeconds, group.windowStart, level.columns);
    const remade = new Set<number>();
    for (const i of group.places) {
      const slot = ((buffer.seconds[i]! - group.windowStart) / stepSeconds) | 0;
      const what = change(i)!;
      if (what === REMADE) remade.add(slot);
      else {
        remade.delete(slot);
        setDirect(block, slot, what, context.methodOf(group.id), context.finestPerSlot);
      }
    }
    if (remade.size > 0) await remake(block, group.id, remade, context);
    writer.add(group.windowStart, group.id, block.columns, 0);
    if (writer.full) await writer.write();
  }
}

/** Fills slots of a one-series block from the finer tier. */
async function remake(block: ColumnBlock, id: number, slots: ReadonlySet<number>, context: LateContext): Promise<void> {
  const first = Math.min(...slots);
  const count = Math.max(...slots) - first + 1;
  const ratio = block.stepSeconds / context.finerStepSeconds;
  const start = block.startSeconds + first * block.stepSeconds;
  const fine = await context.readFiner(Int32Array.of(id), start, count * ratio);
  const coarse = summarise(fine, block.stepSeconds);
  for (const slot of slots) copySummary(coarse, slot - first, block, slot);
}
