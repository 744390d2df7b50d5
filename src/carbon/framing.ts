/** Messages with their length in front (four bytes, big-endian), as carbon's pickle and protobuf protocols send them. */
import { ByteQueue } from "./byte-queue.ts";

/** A point as such a message holds it, not checked yet. */
export interface FramedPoint {
  readonly name: string;
  /** NaN when it was not a number. */
  readonly seconds: number;
  readonly value: number;
}

const HEADER_BYTES = 4;

export class FrameSplitter {
  readonly #maxBytes: number;
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #pending = new ByteQueue();

  /** The frame's bytes are valid during the call. */
  constructor(maxBytes: number, onFrame: (frame: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#onFrame = onFrame;
  }

  /** The beginning of a frame that has not ended. */
  get unfinished(): Uint8Array {
    return this.#pending.bytes;
  }

  /** Takes the next bytes; false when a frame is longer than it may be: nothing after it can be found any more. */
  feed(chunk: Uint8Array): boolean {
    this.#pending.append(chunk);
    while (this.#pending.length >= HEADER_BYTES) {
      const { bytes } = this.#pending;
      const length = ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
      if (length > this.#maxBytes) return false;
      const end = HEADER_BYTES + length;
      if (end > bytes.length) break;
      this.#onFrame(bytes.subarray(HEADER_BYTES, end));
      this.#pending.drop(end);
    }
    return true;
  }
}
