/** Which compression a stream of lines has, by its first bytes: what no line that can be taken begins with. */
import { SNAPPY_BLOCK_BYTES, SnappyBlockDecoder } from "./snappy.ts";

export type Compression = "none" | "gzip" | "lz4" | "snappy" | "snappy_blocks";

const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  ["snappy", [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]],
];
const NEWLINE = 10;

/** The compression, or undefined when more bytes are needed to tell. A line is never kept waiting once it has ended. */
export function recogniseCompression(first: Uint8Array): Compression | undefined {
  if (first.length === 0) return undefined;
  for (const [compression, magic] of MAGICS) {
    const length = Math.min(magic.length, first.length);
    if (magic.slice(0, length).every((byte, i) => byte === first[i])) {
      return length === magic.length ? compression : undefined;
    }
  }
  return recogniseBlocks(first);
}

/**
 * carbon-c-relay's snappy has no magic: a block begins with the length of what it holds, then a literal's tag.
 * From 128 bytes on the length has two or three bytes, which no UTF-8 begins with. A shorter block is recognised by
 * being one: it decodes, wholly, to lines.
 */
function recogniseBlocks(first: Uint8Array): Compression | undefined {
  if (first[0]! >= 128) {
    if (first.length < 3) return first.includes(NEWLINE) ? "none" : undefined;
    const two = first[1]! < 128;
    if (two) return (first[2]! & 3) === 0 ? "snappy_blocks" : "none";
    const wanted = (first[0]! & 127) | ((first[1]! & 127) << 7) | (first[2]! << 14);
    return first[2]! < 128 && wanted <= SNAPPY_BLOCK_BYTES ? "snappy_blocks" : "none";
  }
  if (first.length < 2) return first[0] === NEWLINE ? "none" : undefined;
  if ((first[1]! & 3) !== 0) return "none";
  const decoder = new SnappyBlockDecoder();
  decoder.feed(first.subarray(0, 256));
  try {
    const block = decoder.next();
    if (block === undefined) return first.includes(NEWLINE) || first.length >= 256 ? "none" : undefined;
    return block.at(-1) === NEWLINE && block.every(isOfLine) ? "snappy_blocks" : "none";
  } catch {
    return "none"; // no block: lines then
  }
}

function isOfLine(byte: number): boolean {
  return byte >= 32 || (byte >= 9 && byte <= 13);
}
