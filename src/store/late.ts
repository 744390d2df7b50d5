/**
 * What late points change. In its own tier a late point is laid over what is there; in each coarser tier that has a
 * summary of its time already, that summary is made anew from the finer tier.
 */
import type { ColumnBlock } from "./column-block.ts";
import { setSummary } from "./summary.ts";

/** Columns of points, in order of arrival. */
export interface LatePoints {
  readonly length: number;
  readonly ids: Int32Array;
  readonly seconds: Uint32Array;
  readonly values: Float64Array;
  /** The tier that each goes to. */
  readonly tiers: Uint8Array;
}

/** What happened to one slot of a summarising tier: a value was written to it, or a finer value in it changed. */
export type SlotChange = number | typeof REMADE;
export const REMADE = Symbol("made anew from the finer tier");

/** The change that a late point makes in a tier; undefined for none. */
export function changeOf(
  points: LatePoints,
  i: number,
  tier: number,
  completeUntil: number,
  step: number,
): SlotChange | undefined {
  const pointTier = points.tiers[i]!;
  if (pointTier === tier) return points.values[i]!;
  if (pointTier > tier) return undefined;
  const slotStart = points.seconds[i]! - (points.seconds[i]! % step);
  return slotStart < completeUntil ? REMADE : undefined;
}

/** A value that was written straight into a summarising tier stands for a whole slot of the series' own aggregate. */
export function setDirect(block: ColumnBlock, at: number, value: number, summed: boolean, finestPerSlot: number): void {
  const sum = summed ? value : value * finestPerSlot;
  setSummary(block, at, sum, finestPerSlot, value, value, value);
}

/** Copies slot `from` of one block of summaries to slot `to` of another; nothing when it is empty there. */
export function copySummary(source: ColumnBlock, from: number, target: ColumnBlock, to: number): void {
  for (let c = 0; c < target.columns.length; c++) target.columns[c]![to] = source.columns[c]![from]!;
}

/** The points of one window, by series, then in order of arrival. */
export interface LateWindow {
  readonly startSeconds: number;
  /** Places in the columns of the points. */
  readonly places: Uint32Array;
}

/** The points for which `wanted`, by window and then by series, as a segment wants them. */
export function windowsOf(
  points: LatePoints,
  windowSeconds: number,
  wanted: (i: number) => boolean,
): readonly LateWindow[] {
  let places = new Uint32Array(points.length);
  let count = 0;
  let firstWindow = Number.POSITIVE_INFINITY;
  for (let i = 0; i < points.length; i++) {
    if (!wanted(i)) continue;
    places[count++] = i;
    firstWindow = Math.min(firstWindow, Math.floor(points.seconds[i]! / windowSeconds));
  }
  const windowOf = (i: number): number => Math.floor(points.seconds[i]! / windowSeconds) - firstWindow;
  places = sortedBy(places.subarray(0, count), (i) => points.ids[i]!);
  places = sortedBy(places, windowOf);
  const windows: LateWindow[] = [];
  for (let from = 0; from < count; ) {
    const window = windowOf(places[from]!);
    let to = from + 1;
    while (to < count && windowOf(places[to]!) === window) to++;
    windows.push({ startSeconds: (window + firstWindow) * windowSeconds, places: places.subarray(from, to) });
    from = to;
  }
  return windows;
}

/** Sorted by small whole keys, in linear time; equal keys keep their order. */
function sortedBy(places: Uint32Array, keyOf: (i: number) => number): Uint32Array<ArrayBuffer> {
  let largest = 0;
  for (const i of places) largest = Math.max(largest, keyOf(i));
  const ends = new Uint32Array(largest + 2);
  for (const i of places) ends[keyOf(i) + 1]!++;
  for (let key = 1; key < ends.length; key++) ends[key]! += ends[key - 1]!;
  const sorted = new Uint32Array(places.length);
  for (const i of places) sorted[ends[keyOf(i)]!++] = i;
  return sorted;
}
