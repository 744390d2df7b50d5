/**
 * Snappy, in both ways in which senders of metrics use it.
 *
 * The framing format (framing_format.txt; go-carbon, python-snappy) has chunks with a checksum each:
 *
 *     ff 06 00 00 sNaPpY   { type 1 · length 3 · [masked CRC-32C 4] · data }
 *
 * carbon-c-relay (`transport snappy`) writes bare blocks (format_description.txt), one after the other, a block for each
 * flush of at most 32 KiB: the length of what it holds as a varint, then literals and copies until that much is there.
 */
import { LockstepError } from "../core/errors.ts";
import { ByteQueue } from "./byte-queue.ts";
import { crc32c } from "./checksums.ts";
import { copyBack, copyInto } from "./copy.ts";

/** What a chunk or a block may hold: the framing format says so, and carbon-c-relay sends half of it. */
export const SNAPPY_BLOCK_BYTES = 65_536;
const LONGEST_CHUNK_BYTES = 4 + 32 + SNAPPY_BLOCK_BYTES + Math.floor(SNAPPY_BLOCK_BYTES / 6);

const COMPRESSED = 0x00;
const STORED = 0x01;
/** Other types that may be passed over are refused: nobody sends them, and one flipped bit makes one of data. */
const PADDING = 0xfe;
const IDENTIFIER = 0xff;
const NAME = "sNaPpY";

const scratch = new Uint8Array(SNAPPY_BLOCK_BYTES);

export class SnappyFrameDecoder {
  readonly #input = new ByteQueue();
  #skip = 0;

  feed(chunk: Uint8Array): void {
    this.#input.append(chunk);
  }

  get whole(): boolean {
    return this.#input.length === 0 && this.#skip === 0;
  }

  /** As Lz4Decoder's. @throws LockstepError `COMPRESSION`. */
  next(): Uint8Array | undefined {
    for (;;) {
      const passed = Math.min(this.#skip, this.#input.length);
      this.#input.drop(passed);
      this.#skip -= passed;
      const { bytes } = this.#input;
      if (this.#skip > 0 || bytes.length < 4) return undefined;
      const type = bytes[0]!;
      const length = bytes[1]! | (bytes[2]! << 8) | (bytes[3]! << 16);
      if (type === PADDING) {
        this.#skip = 4 + length;
        continue;
      }
      if (length > LONGEST_CHUNK_BYTES) throw damage(`a chunk of ${length} bytes is longer than there can be`);
      if (bytes.length < 4 + length) return undefined;
      const output = readChunk(type, bytes.subarray(4, 4 + length));
      this.#input.drop(4 + length);
      if (output.length > 0) return output;
    }
  }
}

function readChunk(type: number, chunk: Uint8Array): Uint8Array {
  if (type === IDENTIFIER) {
    if (Buffer.from(chunk).toString("latin1") !== NAME) throw damage("its identifier is not that of snappy");
    return chunk.subarray(0, 0);
  }
  if (type !== COMPRESSED && type !== STORED) throw damage(`there is no chunk of type 0x${type.toString(16)}`);
  if (chunk.length < 4) throw damage("a chunk has no room for its checksum");
  const data = chunk.subarray(4);
  const output = type === STORED ? data : decodeWholeBlock(data);
  if (output.length > SNAPPY_BLOCK_BYTES) throw damage("a chunk holds more than it may");
  const crc = crc32c(output);
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const told = (chunk[0]! | (chunk[1]! << 8) | (chunk[2]! << 16) | (chunk[3]! << 24)) >>> 0;
  if (masked !== told) throw damage("the checksum of a chunk is wrong");
  return output;
}

function decodeWholeBlock(data: Uint8Array): Uint8Array {
  const header = readLength(data);
  if (header === undefined) throw damage("a chunk ends within its length");
  const block: Block = { bytes: scratch, wanted: header.wanted, done: 0 };
  const end = decodeElements(data, header.end, block);
  if (block.done !== block.wanted || end !== data.length) throw damage("a chunk does not hold what it promised");
  return scratch.subarray(0, block.done);
}

/** Bare blocks. They have no checksum: what is damaged is noticed only where it makes no sense. */
export class SnappyBlockDecoder {
  readonly #input = new ByteQueue();
  #block: Block | undefined;

  feed(chunk: Uint8Array): void {
    this.#input.append(chunk);
  }

  get whole(): boolean {
    return this.#input.length === 0 && this.#block === undefined;
  }

  /** As Lz4Decoder's. @throws LockstepError `COMPRESSION`. */
  next(): Uint8Array | undefined {
    for (;;) {
      const block = this.#block ?? this.#begin();
      if (block === undefined) return undefined;
      this.#input.drop(decodeElements(this.#input.bytes, 0, block));
      if (block.done < block.wanted) return undefined;
      this.#block = undefined;
      if (block.done > 0) return block.bytes;
    }
  }

  #begin(): Block | undefined {
    const header = readLength(this.#input.bytes);
    if (header === undefined) return undefined;
    this.#input.drop(header.end);
    this.#block = { bytes: new Uint8Array(header.wanted), wanted: header.wanted, done: 0 };
    return this.#block;
  }
}

/** A block that is being decoded. */
interface Block {
  readonly bytes: Uint8Array;
  readonly wanted: number;
  done: number;
}

/** The varint at the beginning of a block: how many bytes it holds; undefined when it has not all come. */
function readLength(bytes: Uint8Array): { readonly wanted: number; readonly end: number } | undefined {
  let wanted = 0;
  for (let i = 0; i < 3; i++) {
    if (i >= bytes.length) return undefined;
    wanted |= (bytes[i]! & 127) << (7 * i);
    if (bytes[i]! < 128) {
      if (wanted > SNAPPY_BLOCK_BYTES) break;
      return { wanted, end: i + 1 };
    }
  }
  throw damage(`a block holds more than ${SNAPPY_BLOCK_BYTES} bytes`);
}

/** Decodes as many elements as are whole; returns the position of the first that is not, or of what follows the block. */
function decodeElements(data: Uint8Array, from: number, block: Block): number {
  let at = from;
  while (block.done < block.wanted && at < data.length) {
    const tag = data[at]!;
    const next = (tag & 3) === 0 ? literal(data, at, block) : copy(data, at, block);
    if (next === undefined) break;
    at = next;
  }
  return at;
}

function literal(data: Uint8Array, at: number, block: Block): number | undefined {
  const short = data[at]! >> 2;
  const lengthBytes = short < 60 ? 0 : short - 59;
  if (at + 1 + lengthBytes > data.length) return undefined;
  let length = short;
  if (lengthBytes > 0) {
    length = 0;
    for (let i = lengthBytes; i > 0; i--) length = length * 256 + data[at + i]!;
  }
  length += 1;
  if (length > block.wanted - block.done) throw damage("a literal goes beyond the end of its block");
  const start = at + 1 + lengthBytes;
  if (start + length > data.length) return undefined;
  copyInto(block.bytes, block.done, data, start, length);
  block.done += length;
  return start + length;
}

function copy(data: Uint8Array, at: number, block: Block): number | undefined {
  const tag = data[at]!;
  const kind = tag & 3;
  const end = at + (kind === 3 ? 5 : 1 + kind);
  if (end > data.length) return undefined;
  const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
  let offset = data[at + 1]!;
  if (kind === 1) offset |= (tag >> 5) << 8;
  else for (let i = 2; at + i < end; i++) offset += data[at + i]! * 256 ** (i - 1);
  const { bytes, done } = block;
  if (offset === 0 || offset > done) throw damage("a copy begins before its block");
  if (length > block.wanted - done) throw damage("a copy goes beyond the end of its block");
  copyBack(bytes, done, offset, length);
  block.done = done + length;
  return end;
}

function damage(what: string): LockstepError {
  return new LockstepError("COMPRESSION", `the snappy stream can't be read: ${what}`);
}
