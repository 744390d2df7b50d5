/** Bytes that grow at their end: for long answers, which as strings would be joined, flattened and copied on the way. */

/** Shorter texts are cheaper to copy by hand than through the runtime. */
const SHORT_TEXT = 32;

export class ByteWriter {
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;

  /** @param expected bytes; more may be written. */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, expected));
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; later writes may go elsewhere. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @param text of characters below 128. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    const bytes = this.#bytes;
    let at = this.#length;
    if (length > SHORT_TEXT) bytes.write(text, at, "latin1");
    else for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    this.#length += length;
  }

  /** @param code of a character below 128. */
  byte(code: number): void {
    this.reserve(1);
    this.#bytes[this.#length++] = code;
  }

  /** Makes sure that so many bytes more have room. */
  reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}
