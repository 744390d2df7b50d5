/** A window of the head → a segment of raw values. */
import { copyRow, type HeadLayer } from "./head.ts";
import type { SegmentWriter } from "./segment-writer.ts";

export interface WindowJob {
  readonly kind: "window";
  readonly stepSeconds: number;
  /** Slots of the window: [from, to). */
  readonly from: number;
  readonly to: number;
  /** Series by row; −1 for none. */
  readonly ids: Int32Array;
  readonly layers: readonly HeadLayer[];
}

/** Times of the first and the last value of the series that have one in a window. */
export interface Sightings {
  readonly ids: Int32Array;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

export async function writeWindow(job: WindowJob, writer: SegmentWriter): Promise<Sightings> {
  const { stepSeconds, from, to, ids, layers } = job;
  const values = new Float64Array(to - from);
  const rows = rowsById(ids);
  const seen = {
    ids: new Int32Array(rows.length),
    first: new Uint32Array(rows.length),
    last: new Uint32Array(rows.length),
  };
  let count = 0;
  for (const row of rows) {
    copyRow(layers, row, from, to, values);
    const first = values.findIndex(isValue);
    if (first >= 0) {
      seen.ids[count] = ids[row]!;
      seen.first[count] = (from + first) * stepSeconds;
      seen.last[count++] = (from + values.findLastIndex(isValue)) * stepSeconds;
    }
    writer.add(from * stepSeconds, ids[row]!, [values], 0);
    if (writer.full) await writer.write();
  }
  return { ids: seen.ids.slice(0, count), first: seen.first.slice(0, count), last: seen.last.slice(0, count) };
}

function isValue(value: number): boolean {
  return !Number.isNaN(value);
}

/** Rows in the order of their series' ids, which is the order in which segments hold them. */
function rowsById(ids: Int32Array): Int32Array {
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
