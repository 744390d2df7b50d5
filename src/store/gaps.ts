/**
 * Which places of a column hold a value (docs/formats/segment.md, "gaps").
 *
 * Two ways, whichever is shorter: a bit per place, or the lengths of the runs of absent and present places in turn
 * (a series that began in the middle of the window is one run). The first byte tells: 0 = bits, else the number of runs.
 */
const flags = new Uint8Array(4096);
const MAX_RUNS = 255;

export interface Gaps {
  readonly end: number;
  readonly present: number;
  /** Where all values lie, if they lie together, as they do where a series begins or ends; else −1. */
  readonly runFrom: number;
  /** 1 where there is a value; valid until the next call. */
  readonly flags: Uint8Array;
}

export function encodeGaps(
  values: Float64Array,
  from: number,
  count: number,
  out: Uint8Array,
  position: number,
): number {
  const runsAt = position++;
  const bitBytes = (count + 7) >> 3;
  let runs = 0;
  let wanted = false; // the first run is of absent places, and may be empty
  let start = 0;
  for (let i = 0; i <= count; i++) {
    const here = i < count && !Number.isNaN(values[from + i]!);
    if (i < count && here === wanted) continue;
    if (runs === MAX_RUNS || position - runsAt > bitBytes) return encodeBits(values, from, count, out, runsAt);
    position = putLength(out, position, i - start);
    runs++;
    start = i;
    wanted = !wanted;
  }
  if (position - runsAt - 1 >= bitBytes) return encodeBits(values, from, count, out, runsAt);
  out[runsAt] = runs;
  return position;
}

export function decodeGaps(view: DataView, position: number, count: number): Gaps {
  const runs = view.getUint8(position++);
  if (runs === 0) return decodeBits(view, position, count);
  let place = 0;
  let present = 0;
  let runFrom = -1;
  for (let run = 0; run < runs; run++) {
    let length = view.getUint8(position++);
    if (length >= 128) length = (length & 127) | (view.getUint8(position++) << 7);
    const stop = Math.min(count, place + length);
    if (runs > 3) flags.fill(run & 1, place, stop);
    if ((run & 1) === 1) {
      present += stop - place;
      runFrom = place;
    }
    place = stop;
  }
  return { end: position, present, runFrom: runs > 3 ? -1 : runFrom, flags };
}

function encodeBits(values: Float64Array, from: number, count: number, out: Uint8Array, position: number): number {
  out[position++] = 0;
  const bitBytes = (count + 7) >> 3;
  out.fill(0, position, position + bitBytes);
  for (let i = 0; i < count; i++) {
    const value = values[from + i]!;
    if (!Number.isNaN(value)) out[position + (i >> 3)] = out[position + (i >> 3)]! | (1 << (i & 7));
  }
  return position + bitBytes;
}

function decodeBits(view: DataView, position: number, count: number): Gaps {
  let present = 0;
  for (let i = 0; i < count; i++) {
    const flag = (view.getUint8(position + (i >> 3)) >> (i & 7)) & 1;
    flags[i] = flag;
    present += flag;
  }
  return { end: position + ((count + 7) >> 3), present, runFrom: -1, flags };
}

function putLength(out: Uint8Array, position: number, length: number): number {
  if (length < 128) {
    out[position++] = length;
    return position;
  }
  out[position++] = (length & 127) | 128;
  out[position++] = length >> 7;
  return position;
}
