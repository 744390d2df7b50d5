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

export async function writeWindow(job: WindowJob, writer: SegmentWriter): Promise<void> {
  const { stepSeconds, from, to, ids, layers } = job;
  const values = new Float64Array(to - from);
  for (const row of rowsById(ids)) {
    copyRow(layers, row, from, to, values);
    writer.add(from * stepSeconds, ids[row]!, [values], 0);
    if (writer.full) await writer.write();
  }
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
