/**
 * Up to 64 unsigned 32-bit integers in as few bits as most of them need (docs/formats/segment.md, "block").
 *
 *     ┌───────────────┬──────────────────────────────────────┬───────────────────────┐
 *     │ width │ patch │ [count, bytes, (index, high bytes)…] │ n × width bits, packed │
 *     └───────────────┴──────────────────────────────────────┴───────────────────────┘
 *
 * Values wider than the block's width keep their low bits in place and their high bits in a patch, so that one outlier
 * does not widen its sixty-three neighbours (patched frame of reference, Zukowski et al. 2006).
 */

export const BLOCK_VALUES = 64;
/** A block never needs more: header, patches for a quarter of the values, and 64 × 4 bytes. */
export const BLOCK_MAX_BYTES = 3 + (BLOCK_VALUES / 4) * 5 + BLOCK_VALUES * 4;

const WIDTH_MASK = 63;
const PATCHED = 64;
/** Widths of 26 to 31 bits would straddle two 32-bit reads; the few values that want them get 32. */
const WIDEST_PACKED = 25;

const widthCounts = new Int32Array(33);

/** Packs `count` values from `values[from]` and returns the position after them. `out` has BLOCK_MAX_BYTES of room. */
export function packBlock(values: Int32Array, from: number, count: number, out: Uint8Array, position: number): number {
  const widest = countWidths(values, from, count);
  const width = chooseWidth(widest, count);
  if (width === 32) {
    out[position++] = 32;
    for (let i = 0; i < count; i++) position = put32(out, position, values[from + i]!);
    return position;
  }
  const patched = widest > width;
  out[position++] = patched ? width | PATCHED : width;
  if (patched) position = putPatches(values, from, count, width, (widest - width + 7) >> 3, out, position);
  return putPacked(values, from, count, width, out, position);
}

/** Unpacks `count` values and returns the position after them. `view` can be read 3 bytes past the block. */
export function unpackBlock(view: DataView, position: number, count: number, values: Int32Array, to: number): number {
  const head = view.getUint8(position++);
  const width = head & WIDTH_MASK;
  if (width === 32) {
    for (let i = 0; i < count; i++) values[to + i] = view.getInt32(position + i * 4, true);
    return position + count * 4;
  }
  let patches = 0;
  let patchBytes = 0;
  let patchAt = 0;
  if ((head & PATCHED) !== 0) {
    patches = view.getUint8(position);
    patchBytes = view.getUint8(position + 1);
    patchAt = position + 2;
    position = patchAt + patches * (1 + patchBytes);
  }
  position = takePacked(view, position, count, width, values, to);
  for (let i = 0; i < patches; i++) {
    const index = view.getUint8(patchAt++);
    let high = 0;
    for (let k = 0; k < patchBytes; k++) high |= view.getUint8(patchAt++) << (8 * k);
    values[to + index] = values[to + index]! | (high << width);
  }
  return position;
}

function countWidths(values: Int32Array, from: number, count: number): number {
  widthCounts.fill(0);
  let widest = 0;
  for (let i = 0; i < count; i++) {
    const width = 32 - Math.clz32(values[from + i]!);
    widthCounts[width] = widthCounts[width]! + 1;
    if (width > widest) widest = width;
  }
  return widest;
}

/** The width with the smallest total, counting patches for the values that are wider; at most a quarter of them. */
function chooseWidth(widest: number, count: number): number {
  let best = widest;
  let bestBits = count * widest;
  let wider = 0;
  for (let width = widest - 1; width >= 0; width--) {
    wider += widthCounts[width + 1]!;
    if (wider > count >> 2) break;
    const patchBits = 16 + wider * (8 + ((widest - width + 7) & ~7));
    if (count * width + patchBits < bestBits) {
      best = width;
      bestBits = count * width + patchBits;
    }
  }
  return best > WIDEST_PACKED ? 32 : best;
}

function putPatches(
  values: Int32Array,
  from: number,
  count: number,
  width: number,
  highBytes: number,
  out: Uint8Array,
  position: number,
): number {
  const countAt = position++;
  out[position++] = highBytes;
  let patches = 0;
  for (let i = 0; i < count; i++) {
    let high = values[from + i]! >>> width;
    if (high === 0) continue;
    patches++;
    out[position++] = i;
    for (let k = 0; k < highBytes; k++) {
      out[position++] = high & 255;
      high >>>= 8;
    }
  }
  out[countAt] = patches;
  return position;
}

function putPacked(
  values: Int32Array,
  from: number,
  count: number,
  width: number,
  out: Uint8Array,
  position: number,
): number {
  if (width === 0) return position;
  const mask = (1 << width) - 1;
  let bits = 0;
  let used = 0;
  for (let i = 0; i < count; i++) {
    const value = values[from + i]! & mask;
    bits |= value << used;
    used += width;
    if (used >= 32) {
      position = put32(out, position, bits);
      used -= 32;
      bits = used > 0 ? value >>> (width - used) : 0;
    }
  }
  for (; used > 0; used -= 8) {
    out[position++] = bits & 255;
    bits >>>= 8;
  }
  return position;
}

function takePacked(
  view: DataView,
  position: number,
  count: number,
  width: number,
  values: Int32Array,
  to: number,
): number {
  if (width === 0) {
    values.fill(0, to, to + count);
    return position;
  }
  const mask = (1 << width) - 1;
  let bit = position * 8;
  for (let i = 0; i < count; i++) {
    values[to + i] = (view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask;
    bit += width;
  }
  return position + ((count * width + 7) >> 3);
}

function put32(out: Uint8Array, position: number, value: number): number {
  out[position] = value;
  out[position + 1] = value >>> 8;
  out[position + 2] = value >>> 16;
  out[position + 3] = value >>> 24;
  return position + 4;
}
