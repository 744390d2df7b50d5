/**
 * LZ4 frames (lz4_Frame_format.md, version 1.6), read as they come.
 *
 *     frame   magic 04 22 4D 18 · flags · block size · [content size 8] · [dictionary id 4] · header checksum 1
 *             { block size 4, high bit: stored · data · [checksum 4] }  0000 0000 · [content checksum 4]
 *
 * carbon-c-relay sends a frame for each flush, one after the other, without checksums. A block is handed on when it is
 * whole and its checksum, if it has one, is right; a content checksum can only be looked at when the frame ends.
 */
import { LockstepError } from "../core/errors.ts";
import { ByteQueue } from "./byte-queue.ts";
import { Xxh32, xxh32 } from "./checksums.ts";
import { copyBack, copyInto } from "./copy.ts";

const MAGIC = 0x184d2204;
/** Frames of anything else, to be passed over: 184D2A50 … 184D2A5F. */
const SKIPPABLE = 0x184d2a50;
const HISTORY_BYTES = 65_536;
const LARGEST_BLOCK_BYTES = 4 * 1024 * 1024;
const MIN_MATCH = 4;

/** History in front, then the block: decoding is synchronous, so all connections share it. */
let scratch = new Uint8Array(0);

interface Frame {
  readonly independentBlocks: boolean;
  readonly blockChecksums: boolean;
  readonly maxBlockBytes: number;
  readonly content: Xxh32 | undefined;
  /** As its header promises; undefined when it does not say. */
  readonly promisedBytes: number | undefined;
  bytes: number;
}

export class Lz4Decoder {
  readonly #input = new ByteQueue();
  #skip = 0;
  #frame: Frame | undefined;
  #history = new Uint8Array(0);

  feed(chunk: Uint8Array): void {
    this.#input.append(chunk);
  }

  /** Whether the stream may end here: between frames. */
  get whole(): boolean {
    return this.#frame === undefined && this.#input.length === 0 && this.#skip === 0;
  }

  /**
   * What the next block holds, valid until the next call of any decoder; undefined when more bytes are needed for it.
   * @throws LockstepError `COMPRESSION`.
   */
  next(): Uint8Array | undefined {
    for (;;) {
      const passed = Math.min(this.#skip, this.#input.length);
      this.#input.drop(passed);
      this.#skip -= passed;
      if (this.#skip > 0) return undefined;
      const output = this.#frame === undefined ? this.#begin() : this.#block(this.#frame);
      if (output !== "again") return output;
    }
  }

  #begin(): "again" | undefined {
    const { bytes } = this.#input;
    if (bytes.length < 7) return undefined;
    const magic = uint32(bytes, 0);
    if (magic !== MAGIC) {
      if ((magic & 0xfffffff0) !== SKIPPABLE) throw damage(`no frame begins with ${magic.toString(16)}`);
      if (bytes.length < 8) return undefined;
      this.#skip = 8 + uint32(bytes, 4);
      return "again";
    }
    const flags = bytes[4]!;
    const sized = (flags & 8) !== 0;
    const headerBytes = sized ? 15 : 7;
    if (bytes.length < headerBytes) return undefined;
    if (flags >> 6 !== 1 || (flags & 2) !== 0 || (bytes[5]! & 0x8f) !== 0 || bytes[5]! >> 4 < 4) {
      throw damage("a header has flags that version 1 does not know");
    }
    if ((flags & 1) !== 0) throw damage("it needs a dictionary");
    if (((xxh32(bytes.subarray(4, headerBytes - 1)) >>> 8) & 255) !== bytes[headerBytes - 1]) {
      throw damage("the checksum of a header is wrong");
    }
    this.#frame = {
      independentBlocks: (flags & 32) !== 0,
      blockChecksums: (flags & 16) !== 0,
      maxBlockBytes: 1 << (8 + 2 * (bytes[5]! >> 4)),
      content: (flags & 4) === 0 ? undefined : new Xxh32(),
      promisedBytes: sized ? uint32(bytes, 6) + uint32(bytes, 10) * 2 ** 32 : undefined,
      bytes: 0,
    };
    this.#history = new Uint8Array(0);
    this.#input.drop(headerBytes);
    return "again";
  }

  #block(frame: Frame): Uint8Array | "again" | undefined {
    const { bytes } = this.#input;
    if (bytes.length < 4) return undefined;
    const header = uint32(bytes, 0);
    if (header === 0) return this.#end(frame);
    const length = header & 0x7fff_ffff;
    if (length > frame.maxBlockBytes) throw damage(`a block of ${length} bytes is longer than its frame allows`);
    const end = 4 + length + (frame.blockChecksums ? 4 : 0);
    if (bytes.length < end) return undefined;
    const data = bytes.subarray(4, 4 + length);
    if (frame.blockChecksums && xxh32(data) !== uint32(bytes, 4 + length)) {
      throw damage("the checksum of a block is wrong");
    }
    const output = this.#decode(frame, data, header >>> 31 === 1);
    frame.content?.update(output);
    frame.bytes += output.length;
    this.#input.drop(end);
    return output.length === 0 ? "again" : output;
  }

  #decode(frame: Frame, data: Uint8Array, stored: boolean): Uint8Array {
    if (scratch.length === 0) scratch = new Uint8Array(HISTORY_BYTES + LARGEST_BLOCK_BYTES);
    const begin = HISTORY_BYTES - this.#history.length;
    scratch.set(this.#history, begin);
    let end = HISTORY_BYTES + data.length;
    if (stored) scratch.set(data, HISTORY_BYTES);
    else end = decodeBlock(data, scratch, begin, HISTORY_BYTES, HISTORY_BYTES + frame.maxBlockBytes);
    if (!frame.independentBlocks) this.#history = scratch.slice(Math.max(begin, end - HISTORY_BYTES), end);
    return scratch.subarray(HISTORY_BYTES, end);
  }

  #end({ content, promisedBytes, bytes: held }: Frame): "again" | undefined {
    const { bytes } = this.#input;
    const length = content === undefined ? 4 : 8;
    if (bytes.length < length) return undefined;
    if (content !== undefined && content.digest() !== uint32(bytes, 4)) {
      throw damage("the checksum of a frame's content is wrong");
    }
    if (promisedBytes !== undefined && promisedBytes !== held) {
      throw damage(`a frame holds ${held} bytes, and promised ${promisedBytes}`);
    }
    this.#input.drop(length);
    this.#frame = undefined;
    return "again";
  }
}

/** Decodes one block into `out` from `start`; matches may reach back to `begin`. Returns the end of the output. */
function decodeBlock(data: Uint8Array, out: Uint8Array, begin: number, start: number, limit: number): number {
  let at = 0;
  let to = start;
  /** A length whose first four bits were all set goes on in bytes, until one is not 255. */
  const longer = (length: number): number => {
    let byte = 255;
    while (byte === 255) {
      if (at >= data.length) throw damage("a block ends within a length");
      byte = data[at++]!;
      length += byte;
    }
    return length;
  };
  for (;;) {
    if (at >= data.length) throw damage("a block ends where a sequence should begin");
    const token = data[at++]!;
    const literals = token >> 4 === 15 ? longer(15) : token >> 4;
    if (literals > data.length - at || literals > limit - to) throw damage("literals of a block go beyond its end");
    copyInto(out, to, data, at, literals);
    at += literals;
    to += literals;
    if (at === data.length) return to;
    if (at + 2 > data.length) throw damage("a block ends within an offset");
    const offset = data[at]! | (data[at + 1]! << 8);
    at += 2;
    const length = MIN_MATCH + ((token & 15) === 15 ? longer(15) : token & 15);
    if (offset === 0 || offset > to - begin) throw damage("a match of a block begins before the data");
    if (length > limit - to) throw damage("a match of a block goes beyond its end");
    copyBack(out, to, offset, length);
    to += length;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function damage(what: string): LockstepError {
  return new LockstepError("COMPRESSION", `the LZ4 stream can't be read: ${what}`);
}
