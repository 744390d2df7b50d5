/** The checksums of compressed streams: xxHash32 of LZ4's frames, CRC-32C of snappy's. */

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/** xxHash32 with seed 0, over bytes that come in pieces. */
export class Xxh32 {
  readonly #lanes = Int32Array.of(PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1);
  /** The beginning of a stripe of 16 bytes that has not all come yet. */
  readonly #rest = new Uint8Array(16);
  #restBytes = 0;
  #bytes = 0;

  update(bytes: Uint8Array): this {
    this.#bytes += bytes.length;
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(16 - this.#restBytes, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < 16) return this;
      this.#stripes(this.#rest, 0, 16);
      this.#restBytes = 0;
    }
    const end = at + ((bytes.length - at) & ~15);
    this.#stripes(bytes, at, end);
    this.#rest.set(bytes.subarray(end));
    this.#restBytes = bytes.length - end;
    return this;
  }

  digest(): number {
    const [a, b, c, d] = this.#lanes as unknown as [number, number, number, number];
    let hash = this.#bytes >= 16 ? (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0 : PRIME_5 | 0;
    hash = (hash + this.#bytes) | 0;
    let at = 0;
    for (; at + 4 <= this.#restBytes; at += 4) {
      hash = Math.imul(rotate((hash + Math.imul(littleInt32(this.#rest, at), PRIME_3)) | 0, 17), PRIME_4);
    }
    for (; at < this.#restBytes; at++) {
      hash = Math.imul(rotate((hash + Math.imul(this.#rest[at]!, PRIME_5)) | 0, 11), PRIME_1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
    hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripes(bytes: Uint8Array, from: number, to: number): void {
    const lanes = this.#lanes;
    let [a, b, c, d] = lanes as unknown as [number, number, number, number];
    for (let at = from; at < to; at += 16) {
      a = Math.imul(rotate((a + Math.imul(littleInt32(bytes, at), PRIME_2)) | 0, 13), PRIME_1);
      b = Math.imul(rotate((b + Math.imul(littleInt32(bytes, at + 4), PRIME_2)) | 0, 13), PRIME_1);
      c = Math.imul(rotate((c + Math.imul(littleInt32(bytes, at + 8), PRIME_2)) | 0, 13), PRIME_1);
      d = Math.imul(rotate((d + Math.imul(littleInt32(bytes, at + 12), PRIME_2)) | 0, 13), PRIME_1);
    }
    lanes[0] = a;
    lanes[1] = b;
    lanes[2] = c;
    lanes[3] = d;
  }
}

export function xxh32(bytes: Uint8Array): number {
  return new Xxh32().update(bytes).digest();
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function littleInt32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The polynomial of Castagnoli, reflected. */
const CASTAGNOLI = 0x82f63b78;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}
