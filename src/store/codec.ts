/**
 * A column of values ↔ bytes, without loss (docs/formats/segment.md, "chunk").
 *
 * Monitoring data is mostly decimal: counters, percents with two digits, milliseconds. A column whose values all are
 * m / 10^e for whole m is stored as the m's: their differences, the differences of those, or their distance from the
 * smallest, whatever is narrowest, bit-packed. (The idea of ALP, Afroozeh et al. 2023.) The division is checked for
 * every value, so decoding gives back the very same doubles. Columns that aren't decimal keep, per value, the bytes
 * that changed against the value before.
 *
 *     ┌──────┬────────────────┬───────────┐
 *     │ head │ [gaps]         │ body      │    head: mode (3 bits) | exponent (4 bits) | has gaps (1 bit)
 *     └──────┴────────────────┴───────────┘
 *
 * No time stamps are stored: a value's place in the column is its time. NaN is "no value". −0 is stored as 0.
 */
import { BLOCK_MAX_BYTES, BLOCK_VALUES, packBlock, unpackBlock } from "./bit-packing.ts";
import { decodeGaps, encodeGaps } from "./gaps.ts";
import { getVarint, putVarint, VARINT_MAX_BYTES, varintEnd } from "./varint.ts";

/** Longest column. */
export const MAX_COLUMN = 4096;

/** Room that a column of n values needs at most while it is encoded. */
export function encodedBound(count: number): number {
  const blocks = Math.ceil(count / BLOCK_VALUES) + 1;
  return 16 + 2 * VARINT_MAX_BYTES + count * 2 + Math.max(blocks * BLOCK_MAX_BYTES, count * 9);
}

/** Bytes that must be readable (as anything) after the last encoded byte. */
export const DECODE_SLACK_BYTES = 8;

const MODE_CONSTANT = 0;
const MODE_DELTA = 1;
const MODE_DELTA2 = 2;
const MODE_FRAME = 3;
const MODE_BYTES = 4;

const HAS_GAPS = 0x80;
const MAX_EXPONENT = 12;
/** Largest difference that zigzag coding keeps within 32 bits. */
const MAX_DELTA = 2 ** 30;

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, e) => Number(`1e${e}`));

const present = new Float64Array(MAX_COLUMN);
const scaled = new Float64Array(MAX_COLUMN);
const packed = new Int32Array(MAX_COLUMN + BLOCK_VALUES);
const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** Encodes `values[from … from+count)` and returns the position after it; the same position when all are NaN. */
export function encodeColumn(
  values: Float64Array,
  from: number,
  count: number,
  out: Uint8Array,
  position: number,
): number {
  let n = 0;
  for (let i = 0; i < count; i++) {
    const value = values[from + i]!;
    if (!Number.isNaN(value)) present[n++] = value;
  }
  if (n === 0) return position;
  const headAt = position++;
  if (n < count) position = encodeGaps(values, from, count, out, position);
  const exponent = scaleToIntegers(n);
  const mode = exponent < 0 ? MODE_BYTES : chooseMode(n);
  out[headAt] = mode | (Math.max(0, exponent) << 3) | (n < count ? HAS_GAPS : 0);
  if (mode === MODE_BYTES) return putBytes(n, out, position);
  return putIntegers(mode, n, out, position);
}

/** Decodes a column of `count` values into `values[to …)`, NaN where there is none; returns the position after it. */
export function decodeColumn(
  view: DataView,
  position: number,
  count: number,
  values: Float64Array,
  to: number,
): number {
  const head = view.getUint8(position++);
  if ((head & HAS_GAPS) === 0) return decodeBody(head, view, position, count, values, to);
  const gaps = decodeGaps(view, position, count);
  if (gaps.runFrom >= 0) {
    const from = to + gaps.runFrom;
    values.fill(Number.NaN, to, from);
    values.fill(Number.NaN, from + gaps.present, to + count);
    return decodeBody(head, view, gaps.end, gaps.present, values, from);
  }
  const end = decodeBody(head, view, gaps.end, gaps.present, present, 0);
  let n = 0;
  for (let i = 0; i < count; i++) values[to + i] = gaps.flags[i] === 1 ? present[n++]! : Number.NaN;
  return end;
}

function decodeBody(
  head: number,
  view: DataView,
  position: number,
  n: number,
  values: Float64Array,
  to: number,
): number {
  const mode = head & 7;
  if (mode === MODE_BYTES) return takeBytes(view, position, n, values, to);
  return takeIntegers(mode, (head >> 3) & 15, view, position, n, values, to);
}

// ---- decimal columns --------------------------------------------------------------------------------------------

/** Fills `scaled` with whole numbers such that scaled / 10^e equals `present` exactly; returns e, or −1. */
function scaleToIntegers(n: number): number {
  let exponent = 0;
  for (let i = 0; i < n; i++) {
    const value = present[i]!;
    let whole = Math.round(value * POWERS_OF_TEN[exponent]!);
    if (whole / POWERS_OF_TEN[exponent]! !== value) {
      exponent = findExponent(value, exponent + 1);
      if (exponent < 0) return -1;
      whole = Math.round(value * POWERS_OF_TEN[exponent]!);
      for (let j = 0; j < i; j++) {
        const earlier = Math.round(present[j]! * POWERS_OF_TEN[exponent]!);
        if (earlier / POWERS_OF_TEN[exponent]! !== present[j]! || !Number.isSafeInteger(earlier)) return -1;
        scaled[j] = earlier;
      }
    }
    if (!Number.isSafeInteger(whole)) return -1;
    scaled[i] = whole + 0; // −0 becomes 0
  }
  return exponent;
}

function findExponent(value: number, from: number): number {
  for (let e = from; e <= MAX_EXPONENT; e++) {
    if (Math.round(value * POWERS_OF_TEN[e]!) / POWERS_OF_TEN[e]! === value) return e;
  }
  return -1;
}

/** The narrowest way to write `scaled`, by the bits it would take without patches. */
function chooseMode(n: number): number {
  let low = scaled[0]!;
  let high = low;
  let deltaBits = 0;
  let delta2Bits = 0;
  let largestDelta = 0;
  let largestDelta2 = 0;
  let previousDelta = 0;
  for (let i = 1; i < n; i++) {
    const value = scaled[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
    const delta = value - scaled[i - 1]!;
    const size = Math.abs(delta);
    if (size > largestDelta) largestDelta = size;
    deltaBits += 33 - Math.clz32(Math.min(size, MAX_DELTA));
    if (i > 1) {
      const size2 = Math.abs(delta - previousDelta);
      if (size2 > largestDelta2) largestDelta2 = size2;
      delta2Bits += 33 - Math.clz32(Math.min(size2, MAX_DELTA));
    }
    previousDelta = delta;
  }
  if (low === high) return MODE_CONSTANT;
  const range = high - low;
  const frameBits = range < 2 ** 32 ? n * Math.ceil(Math.log2(range + 1)) : Number.POSITIVE_INFINITY;
  if (largestDelta >= MAX_DELTA) deltaBits = Number.POSITIVE_INFINITY;
  if (largestDelta2 >= MAX_DELTA || largestDelta >= 2 ** 52) delta2Bits = Number.POSITIVE_INFINITY;
  const best = Math.min(frameBits, deltaBits, delta2Bits);
  if (best === Number.POSITIVE_INFINITY) return MODE_BYTES;
  if (best === frameBits) return MODE_FRAME;
  return best === deltaBits ? MODE_DELTA : MODE_DELTA2;
}

function putIntegers(mode: number, n: number, out: Uint8Array, position: number): number {
  if (mode === MODE_CONSTANT) return putVarint(out, position, scaled[0]!);
  if (mode === MODE_FRAME) {
    let low = scaled[0]!;
    for (let i = 1; i < n; i++) if (scaled[i]! < low) low = scaled[i]!;
    for (let i = 0; i < n; i++) packed[i] = scaled[i]! - low; // wraps to the same 32 bits above 2^31
    return putBlocks(n, out, putVarint(out, position, low));
  }
  position = putVarint(out, position, scaled[0]!);
  let previous = scaled[0]!;
  let previousDelta = 0;
  if (mode === MODE_DELTA2) {
    previousDelta = scaled[1]! - previous;
    position = putVarint(out, position, previousDelta);
  }
  for (let i = 1; i < n; i++) {
    const delta = scaled[i]! - previous;
    previous = scaled[i]!;
    const step = mode === MODE_DELTA2 ? delta - previousDelta : delta;
    previousDelta = delta;
    packed[i - 1] = (step << 1) ^ (step >> 31);
  }
  return putBlocks(n - 1, out, position);
}

function putBlocks(n: number, out: Uint8Array, position: number): number {
  for (let i = 0; i < n; i += BLOCK_VALUES) {
    position = packBlock(packed, i, Math.min(BLOCK_VALUES, n - i), out, position);
  }
  return position;
}

function takeBlocks(view: DataView, position: number, n: number): number {
  for (let i = 0; i < n; i += BLOCK_VALUES) {
    position = unpackBlock(view, position, Math.min(BLOCK_VALUES, n - i), packed, i);
  }
  return position;
}

function takeIntegers(
  mode: number,
  exponent: number,
  view: DataView,
  position: number,
  n: number,
  values: Float64Array,
  to: number,
): number {
  const divisor = POWERS_OF_TEN[exponent]!;
  let whole = getVarint(view, position);
  position = varintEnd();
  if (mode === MODE_CONSTANT) {
    values.fill(whole / divisor, to, to + n);
    return position;
  }
  if (mode === MODE_FRAME) {
    position = takeBlocks(view, position, n);
    for (let i = 0; i < n; i++) values[to + i] = (whole + (packed[i]! >>> 0)) / divisor;
    return position;
  }
  values[to] = whole / divisor;
  if (mode === MODE_DELTA) {
    position = takeBlocks(view, position, n - 1);
    for (let i = 1; i < n; i++) {
      const zigzag = packed[i - 1]!;
      whole += (zigzag >>> 1) ^ -(zigzag & 1);
      values[to + i] = whole / divisor;
    }
    return position;
  }
  let delta = getVarint(view, position);
  position = takeBlocks(view, varintEnd(), n - 1);
  for (let i = 1; i < n; i++) {
    const zigzag = packed[i - 1]!;
    delta += (zigzag >>> 1) ^ -(zigzag & 1);
    whole += delta;
    values[to + i] = whole / divisor;
  }
  return position;
}

// ---- any other doubles ------------------------------------------------------------------------------------------

/** Nibbles: how many low bytes of (value XOR the value before) are kept; then those bytes. */
function putBytes(n: number, out: Uint8Array, position: number): number {
  let nibbleAt = position;
  position += (n + 1) >> 1;
  let low = 0;
  let high = 0;
  for (let i = 0; i < n; i++) {
    float[0] = present[i]! + 0;
    const lowChange = words[0]! ^ low;
    const highChange = words[1]! ^ high;
    low = words[0]!;
    high = words[1]!;
    const kept = highChange !== 0 ? 8 - (Math.clz32(highChange) >> 3) : 4 - (Math.clz32(lowChange) >> 3);
    if ((i & 1) === 0) out[nibbleAt] = kept;
    else out[nibbleAt] = out[nibbleAt++]! | (kept << 4);
    for (let k = 0; k < Math.min(4, kept); k++) out[position++] = lowChange >>> (8 * k);
    for (let k = 4; k < kept; k++) out[position++] = highChange >>> (8 * (k - 4));
  }
  return position;
}

function takeBytes(view: DataView, position: number, n: number, values: Float64Array, to: number): number {
  let nibbleAt = position;
  position += (n + 1) >> 1;
  let low = 0;
  let high = 0;
  for (let i = 0; i < n; i++) {
    const kept = (i & 1) === 0 ? view.getUint8(nibbleAt) & 15 : view.getUint8(nibbleAt++) >>> 4;
    if (kept > 4) {
      low ^= view.getInt32(position, true);
      high ^= view.getInt32(position + 4, true) & LOW_BYTES[kept - 4]!;
    } else if (kept > 0) low ^= view.getInt32(position, true) & LOW_BYTES[kept]!;
    position += kept;
    words[0] = low;
    words[1] = high;
    values[to + i] = float[0]!;
  }
  return position;
}

/** Masks for the lowest 0 … 4 bytes. */
const LOW_BYTES = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1);
