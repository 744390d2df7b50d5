/** Bytes that have come and could not be used yet. It grows with what comes, never with what is announced. */
export class ByteQueue {
  #buffer = new Uint8Array(0);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** What is there; valid until the next call of `append`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  append(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** Forgets the first so many bytes, all that there are at the most. */
  drop(count: number): void {
    this.#from += Math.min(count, this.length);
    if (this.#from < this.#to) return;
    this.#from = 0;
    this.#to = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(0); // an idle connection holds little
  }

  #makeRoom(more: number): void {
    const { bytes } = this;
    if (bytes.length + more > this.#buffer.length) {
      const bigger = new Uint8Array(Math.max(bytes.length + more, this.#buffer.length * 2));
      bigger.set(bytes);
      this.#buffer = bigger;
    } else this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#from = 0;
    this.#to = bytes.length;
  }
}

const KEPT_BYTES = 64 * 1024;
