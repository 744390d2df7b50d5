/** Whole numbers up to ±2^53 as one to eight bytes: more (1 bit) | sign (1 bit) | 6 bits, then more | 7 bits, lowest first. */
export const VARINT_MAX_BYTES = 9;

let end = 0;

export function putVarint(out: Uint8Array, position: number, value: number): number {
  const size = Math.abs(value);
  let rest = Math.floor(size / 64);
  out[position++] = (rest > 0 ? 128 : 0) | (value < 0 ? 64 : 0) | (size % 64);
  while (rest > 0) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    out[position++] = rest > 0 ? low | 128 : low;
  }
  return position;
}

/** The number at `position`; `varintEnd()` says where it ended. */
export function getVarint(view: DataView, position: number): number {
  const first = view.getUint8(position++);
  let size = first & 63;
  let scale = 64;
  for (let byte = first; byte >= 128; ) {
    byte = view.getUint8(position++);
    size += (byte & 127) * scale;
    scale *= 128;
  }
  end = position;
  return (first & 64) !== 0 ? -size : size;
}

export function varintEnd(): number {
  return end;
}
