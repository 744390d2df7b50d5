/** Messages with their length in front (four bytes, big-endian), as carbon's pickle and protobuf protocols send them. */
export class FrameSplitter {
  readonly #maxBytes: number;
  readonly #onFrame: (frame: Uint8Array) => void;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(maxBytes: number, onFrame: (frame: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes; false when a frame is longer than it may be: nothing after it can be found any more. */
  feed(chunk: Uint8Array): boolean {
    this.#pending.push(chunk.slice());
    this.#pendingBytes += chunk.length;
    while (this.#pendingBytes >= 4) {
      const length = this.#length();
      if (length > this.#maxBytes) return false;
      if (this.#pendingBytes < 4 + length) return true;
      const bytes = this.#join();
      this.#pending = [bytes.subarray(4 + length)];
      this.#pendingBytes = bytes.length - 4 - length;
      this.#onFrame(bytes.subarray(4, 4 + length));
    }
    return true;
  }

  #length(): number {
    if (this.#pending[0]!.length < 4) this.#pending = [this.#join()];
    const [first] = this.#pending as [Uint8Array];
    return new DataView(first.buffer, first.byteOffset, 4).getUint32(0);
  }

  #join(): Uint8Array {
    return this.#pending.length === 1 ? this.#pending[0]! : new Uint8Array(Buffer.concat(this.#pending));
  }
}
