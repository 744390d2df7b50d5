/** Windows of a head → a segment of raw values. */
import { BLOCK_SHIFT, copyRow, type HeadLayer, LAYER_SLOTS } from "./head.ts";
import type { SegmentWriter } from "./segment-writer.ts";

export interface WindowJob {
  readonly kind: "window";
  readonly stepSeconds: number;
  /** In order of time, all of the same length. */
  readonly windows: readonly Slots[];
  /** Series by row; −1 for none. */
  readonly ids: Int32Array;
  readonly layers: readonly HeadLayer[];
}

/** [from, to) */
export interface Slots {
  readonly from: number;
  readonly to: number;
}

/** Times of the first and the last value of the series that have one in the windows. */
export interface Sightings {
  readonly ids: Int32Array;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

export async function writeWindows(job: WindowJob, writer: SegmentWriter): Promise<Sightings> {
  const { stepSeconds, windows, ids, layers } = job;
  const rows = rowsById(ids);
  const first = new Uint32Array(ids.length);
  const last = new Uint32Array(ids.length);
  for (const { from, to } of windows) {
    const values = new Float64Array(to - from);
    const here = layersBetween(layers, from, to);
    for (const row of rowsIn(here, rows)) {
      copyRow(here, row, from, to, values);
      const firstSlot = values.findIndex(isValue);
      if (firstSlot < 0) continue;
      if (last[row] === 0) first[row] = (from + firstSlot) * stepSeconds;
      last[row] = (from + values.findLastIndex(isValue)) * stepSeconds;
      writer.add(from * stepSeconds, ids[row]!, [values], 0);
      if (writer.full) await writer.write();
    }
  }
  const seen = rows.filter((row) => last[row]! > 0);
  return { ids: gather(ids, seen), first: gather(first, seen), last: gather(last, seen) };
}

function gather<T extends Int32Array | Uint32Array>(of: T, rows: Int32Array): T {
  const out = of.slice(0, rows.length) as T;
  for (let i = 0; i < rows.length; i++) out[i] = of[rows[i]!]!;
  return out;
}

function isValue(value: number): boolean {
  return !Number.isNaN(value);
}

export function layersBetween(layers: readonly HeadLayer[], from: number, to: number): readonly HeadLayer[] {
  return layers.filter(({ firstSlot }) => firstSlot < to && firstSlot + LAYER_SLOTS > from);
}

/** Those of the rows that may have values in these layers. */
export function rowsIn(layers: readonly HeadLayer[], rows: Int32Array): Int32Array {
  const present = new Set<number>();
  for (const { blocks } of layers) {
    for (const [number, block] of blocks.entries()) if (block !== undefined) present.add(number);
  }
  return rows.filter((row) => present.has(row >> BLOCK_SHIFT));
}

/** Rows in the order of their series' ids, which is the order in which segments hold them. */
export function rowsById(ids: Int32Array): Int32Array {
  const all = new Int32Array(ids.length);
  let count = 0;
  for (let row = 0; row < ids.length; row++) if (ids[row]! >= 0) all[count++] = row;
  const rows = all.subarray(0, count);
  // Rows are mostly given out in the order of ids: then there is nothing to sort.
  for (let i = 1; i < rows.length; i++) {
    if (ids[rows[i]!]! < ids[rows[i - 1]!]!) return rows.sort((a, b) => ids[a]! - ids[b]!);
  }
  return rows;
}
