/** The two copies that LZ4 and snappy are made of. A few bytes are copied sooner than a call into the engine is made. */
const FEW = 48;

/** `length` bytes of `from` at `at`, to `to`. */
export function copyInto(out: Uint8Array, to: number, from: Uint8Array, at: number, length: number): void {
  if (length < FEW) for (let i = 0; i < length; i++) out[to + i] = from[at + i]!;
  else out.set(from.subarray(at, at + length), to);
}

/** `length` bytes from `offset` before `to`, to `to`: with a small offset they repeat themselves. */
export function copyBack(out: Uint8Array, to: number, offset: number, length: number): void {
  const at = to - offset;
  if (length < FEW || offset < length) for (let i = 0; i < length; i++) out[to + i] = out[at + i]!;
  else out.copyWithin(to, at, at + length);
}
