/**
 * Reading a tier of a partition: everything that may hold a value, from the newest to the oldest, each filling only
 * the places that are still empty.
 *
 * What is in memory (late points, the head) is taken in the same instant in which the list of segments is: so a window
 * that moves from the head to a segment in the meantime is seen once, never not at all.
 */
import type { AggregationMethod } from "../core/aggregation.ts";
import type { ColumnLease } from "../core/column-pool.ts";
import { type ColumnBlock, columnBlock, touch } from "./column-block.ts";
import { fillRows, type Head, LAYER_SLOTS, valueAt } from "./head.ts";
import { changeOf, copySummary, REMADE, setDirect } from "./late.ts";
import type { Level } from "./level.ts";
import type { Memory } from "./memory.ts";
import type { PointBuffer } from "./point-buffer.ts";
import type { Rows } from "./rows.ts";
import { summarise } from "./summary.ts";

/** What a read needs of a partition. */
export interface ReadablePartition {
  readonly levels: readonly Level[];
  readonly memory: Memory;
  readonly completeUntil: readonly number[];
  methodOf(id: number): AggregationMethod;
}

/**
 * Columns of a tier for series in ascending order of id, from `startSeconds` (a multiple of the tier's step) on.
 * Tier 0 has one column of values, the others five of summaries.
 */
export async function readTier(
  partition: ReadablePartition,
  tier: number,
  ids: Int32Array,
  startSeconds: number,
  slots: number,
  lease?: ColumnLease,
): Promise<ColumnBlock> {
  const level = partition.levels[tier]!;
  const block = columnBlock(ids.length, slots, level.stepSeconds, startSeconds, level.columns, lease);
  if (tier === 0) {
    const { memory } = partition;
    for (const { head, points } of lateSources(partition, 0)) {
      if (head !== undefined) fillFromHead(head, memory.rows, ids, block);
      if (points !== undefined) fillFromBuffer(points, ids, block);
    }
    fillFromHead(memory.head, memory.rows, ids, block);
    fillFromBuffer(memory.future, ids, block);
    await level.readInto(ids, block);
    return block;
  }
  const remade = applyLateChanges(partition, tier, ids, block);
  const complete = partition.completeUntil[tier]!;
  await level.readInto(ids, block);
  await fillFromFiner(partition, tier, ids, block, complete);
  if (remade.size > 0) await remakeSlots(partition, tier, ids, block, remade);
  return block;
}

interface LateSource {
  readonly head: Head | undefined;
  readonly points: PointBuffer | undefined;
}

/** Newest first, and the head newer than the points. Of what is being written out, only what is not yet in a segment of this tier. */
function lateSources({ memory }: ReadablePartition, tier: number): readonly LateSource[] {
  const { late, flushing } = memory;
  if (flushing === undefined) return [late];
  const { set, headTiers, pointTiers } = flushing;
  return [
    late,
    { head: headTiers <= tier ? set.head : undefined, points: pointTiers <= tier ? set.points : undefined },
  ];
}

/** Calls for the points of these series, in order of arrival or the other way round. */
function forPoints(
  buffer: PointBuffer,
  ids: Int32Array,
  newestFirst: boolean,
  see: (i: number, row: number) => void,
): void {
  if (buffer.length === 0 || ids.length === 0) return;
  const firstId = ids[0]!;
  const rows = new Int32Array(ids.at(-1)! - firstId + 1).fill(-1);
  for (let row = 0; row < ids.length; row++) rows[ids[row]! - firstId] = row;
  for (let k = 0; k < buffer.length; k++) {
    const i = newestFirst ? buffer.length - 1 - k : k;
    const place = buffer.ids[i]! - firstId;
    if (place < 0 || place >= rows.length) continue;
    const row = rows[place]!;
    if (row >= 0) see(i, row);
  }
}

function fillFromBuffer(buffer: PointBuffer, ids: Int32Array, block: ColumnBlock): void {
  const values = block.columns[0]!;
  forPoints(buffer, ids, true, (i, row) => {
    const slot = slotIn(block, buffer.seconds[i]!);
    if (buffer.tiers[i] !== 0 || slot < 0) return;
    const at = row * block.slots + slot;
    if (Number.isNaN(values[at]!)) values[at] = buffer.values[i]!;
    touch(block, row, slot, slot + 1);
  });
}

function fillFromHead(head: Head, rows: Rows, ids: Int32Array, block: ColumnBlock): void {
  const first = block.startSeconds / block.stepSeconds;
  const layers = head.layersIn(first, first + block.slots);
  if (layers.length === 0) return;
  const rowOf = ids.map((id) => rows.rowOf(id));
  fillRows(layers, rowOf, first, block);
}

/**
 * Puts late values that belong into this tier in place, and returns the places (row × slots + slot) whose summary has
 * to be made anew because a finer value in them changed.
 */
function applyLateChanges(
  partition: ReadablePartition,
  tier: number,
  ids: Int32Array,
  block: ColumnBlock,
): ReadonlySet<number> {
  const remade = new Set<number>();
  const finestPerSlot = block.stepSeconds / partition.levels[0]!.stepSeconds;
  const sources = [...lateSources(partition, tier)].reverse();
  for (const { points } of sources) {
    if (points === undefined) continue;
    forPoints(points, ids, false, (i, row) => {
      const change = changeOf(points, i, tier, partition.completeUntil[tier]!, block.stepSeconds);
      const slot = slotIn(block, points.seconds[i]!);
      if (change === undefined || slot < 0) return;
      const at = row * block.slots + slot;
      if (change === REMADE) remade.add(at);
      else {
        remade.delete(at);
        touch(block, row, slot, slot + 1);
        setDirect(block, at, change, partition.methodOf(ids[row]!) === "sum", finestPerSlot);
      }
    });
  }
  for (const { head } of sources) if (head !== undefined) noteRemade(partition, tier, head, ids, block, remade);
  return remade;
}

/** Adds the places in which a head has values, as far as there is a summary of them. */
function noteRemade(
  { levels, memory, completeUntil }: ReadablePartition,
  tier: number,
  head: Head,
  ids: Int32Array,
  block: ColumnBlock,
  remade: Set<number>,
): void {
  const finest = levels[0]!.stepSeconds;
  const end = Math.min(block.startSeconds + block.slots * block.stepSeconds, completeUntil[tier]!);
  for (const layer of head.layersIn(block.startSeconds / finest, end / finest)) {
    const from = Math.max(layer.firstSlot, block.startSeconds / finest);
    const to = Math.min(layer.firstSlot + LAYER_SLOTS, end / finest);
    for (let i = 0; i < ids.length; i++) {
      const row = memory.rows.rowOf(ids[i]!);
      for (let slot = from; slot < to && row >= 0; slot++) {
        if (!Number.isNaN(valueAt(layer, row, slot))) remade.add(i * block.slots + slotIn(block, slot * finest));
      }
    }
  }
}

/** What is not summarised on disk yet is summarised now. */
async function fillFromFiner(
  partition: ReadablePartition,
  tier: number,
  ids: Int32Array,
  block: ColumnBlock,
  complete: number,
): Promise<void> {
  const firstSlot = Math.max(0, Math.ceil((complete - block.startSeconds) / block.stepSeconds));
  const slots = block.slots - firstSlot;
  if (slots <= 0) return;
  const ratio = block.stepSeconds / partition.levels[tier - 1]!.stepSeconds;
  const start = block.startSeconds + firstSlot * block.stepSeconds;
  const coarse = summarise(await readTier(partition, tier - 1, ids, start, slots * ratio), block.stepSeconds);
  for (let c = 0; c < block.columns.length; c++) {
    for (let row = 0; row < ids.length; row++) {
      for (let slot = 0; slot < slots; slot++) {
        const at = row * block.slots + firstSlot + slot;
        if (Number.isNaN(block.columns[c]![at]!)) block.columns[c]![at] = coarse.columns[c]![row * slots + slot]!;
      }
    }
  }
}

async function remakeSlots(
  partition: ReadablePartition,
  tier: number,
  ids: Int32Array,
  block: ColumnBlock,
  places: ReadonlySet<number>,
): Promise<void> {
  const rows = [...new Set([...places].map((at) => Math.floor(at / block.slots)))].sort((a, b) => a - b);
  const slots = [...places].map((at) => at % block.slots);
  const first = slots.reduce((least, slot) => Math.min(least, slot), block.slots);
  const count = slots.reduce((most, slot) => Math.max(most, slot), 0) - first + 1;
  const ratio = block.stepSeconds / partition.levels[tier - 1]!.stepSeconds;
  const start = block.startSeconds + first * block.stepSeconds;
  const some = Int32Array.from(rows, (row) => ids[row]!);
  const coarse = summarise(await readTier(partition, tier - 1, some, start, count * ratio), block.stepSeconds);
  const rowIndex = new Map(rows.map((row, i) => [row, i]));
  for (const at of places) {
    const from = rowIndex.get(Math.floor(at / block.slots))! * count + (at % block.slots) - first;
    copySummary(coarse, from, block, at);
  }
}

/** The slot of a time within the block, or −1. */
function slotIn(block: ColumnBlock, seconds: number): number {
  const slot = Math.floor((seconds - block.startSeconds) / block.stepSeconds);
  return slot >= 0 && slot < block.slots ? slot : -1;
}
