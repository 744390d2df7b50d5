/** Compressed streams: what foreign programs made of known lines, cut anywhere, and damaged anywhere. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32c, Xxh32, xxh32 } from "#src/carbon/checksums.ts";
import { type Compression, recogniseCompression } from "#src/carbon/compression.ts";
import { Lz4Decoder } from "#src/carbon/lz4.ts";
import { SnappyBlockDecoder, SnappyFrameDecoder } from "#src/carbon/snappy.ts";
import { errorCode } from "#src/core/errors.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

type Decoder = Lz4Decoder | SnappyFrameDecoder | SnappyBlockDecoder;

function fixture(name: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(`../../../test/fixtures/streams/${name}`, import.meta.url)));
}

/** What test/fixtures/streams/README.md says that the streams hold. */
const LINES = fixture("small.txt").toString();
const RELAYED = [[1], range(1, 5), range(1, 200)]
  .flat()
  .map((i) => `relay.node${i % 7}.cpu.m${i} ${pythonFloat(i * 1.5)} ${1_700_000_000 + i}\n`)
  .join("");

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

const STREAMS: readonly (readonly [string, () => Decoder, Compression, string])[] = [
  ["carbon-c-relay.lz4", () => new Lz4Decoder(), "lz4", RELAYED],
  ["lz4-all-checksums.lz4", () => new Lz4Decoder(), "lz4", LINES],
  ["python-snappy.framing", () => new SnappyFrameDecoder(), "snappy", LINES],
  ["carbon-c-relay.snappy", () => new SnappyBlockDecoder(), "snappy_blocks", RELAYED],
];

/** All that comes out, the stream being cut anywhere. */
function decode(decoder: Decoder, stream: Uint8Array, random: SeededRandom): string {
  let text = "";
  for (let at = 0; at < stream.length; ) {
    const next = at + 1 + random.below(random.pick([2, 20, 2000]));
    decoder.feed(stream.subarray(at, next));
    for (let out = decoder.next(); out !== undefined; out = decoder.next()) text += Buffer.from(out).toString("latin1");
    at = next;
  }
  return text;
}

test("streams of foreign programs, cut anywhere, hold what was put in", () => {
  const random = seeded();
  for (const [name, create, , want] of STREAMS) {
    for (let run = 0; run < 20; run++) {
      const decoder = create();
      assert.equal(decode(decoder, fixture(name), random), want, `${name}, seed ${random.seed}, run ${run}`);
      assert.equal(decoder.whole, true, name);
    }
  }
});

test("a stream that is cut short holds a beginning of it, and is not whole", () => {
  const random = seeded();
  for (const [name, create, , want] of STREAMS) {
    const stream = fixture(name);
    for (let run = 0; run < 100; run++) {
      const decoder = create();
      const text = decode(decoder, stream.subarray(0, random.below(stream.length)), random);
      assert.ok(want.startsWith(text), `${name}, seed ${random.seed}, run ${run}`);
    }
  }
});

test("where a checksum goes with the data, damage is never handed on", () => {
  const random = seeded();
  const guarded = STREAMS.filter(([name]) => /checksums|framing/.test(name));
  assert.equal(guarded.length, 2);
  for (const [name, create, , want] of guarded) {
    for (let run = 0; run < 2_000; run++) {
      const stream = Uint8Array.from(fixture(name));
      const at = random.below(stream.length);
      stream[at] = stream[at]! ^ (1 << random.below(8));
      let text = "";
      try {
        text = decode(create(), stream, random);
      } catch (error) {
        assert.equal(errorCode(error), "COMPRESSION", `${name}, seed ${random.seed}, run ${run}`);
      }
      assert.ok(want.startsWith(text), `${name}, seed ${random.seed}, run ${run}: byte ${at}`);
    }
  }
});

test("whatever comes, a decoder says that it can't be read, or hands on what it may", () => {
  const random = seeded();
  for (const [name, create] of STREAMS) {
    for (let run = 0; run < 1_000; run++) {
      const stream = Uint8Array.from(fixture(name)).subarray(random.below(3) === 0 ? random.below(200) : 0);
      for (let i = random.below(6); i >= 0; i--) stream[random.below(stream.length)] = random.below(256);
      const decoder = create();
      try {
        decode(decoder, stream, random);
      } catch (error) {
        if (errorCode(error) !== "COMPRESSION") {
          throw new Error(`${name}, seed ${random.seed}, run ${run}`, { cause: error });
        }
      }
    }
  }
});

test("LZ4 frames that can't be", () => {
  const frame = (flags: number, blockSize: number, ...rest: readonly number[]): Uint8Array => {
    const header = Uint8Array.of(flags, blockSize);
    return Uint8Array.of(0x04, 0x22, 0x4d, 0x18, ...header, (xxh32(header) >>> 8) & 255, ...rest);
  };
  const rows: readonly (readonly [RegExp, Uint8Array])[] = [
    [/no frame begins/, Uint8Array.from(Buffer.from("not a frame"))],
    [/version 1/, frame(0x80, 0x40)],
    [/version 1/, frame(0x60, 0x30)],
    [/dictionary/, frame(0x61, 0x40)],
    [/checksum of a header/, Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0)],
    [/longer than its frame/, frame(0x60, 0x40, 1, 0, 1, 0x80)],
    [/begins before the data/, frame(0x60, 0x40, 5, 0, 0, 0, 0x10, 97, 2, 0, 0)],
    [/begins before the data/, frame(0x60, 0x40, 5, 0, 0, 0, 0x10, 97, 0, 0, 0)],
    [/literals/, frame(0x60, 0x40, 2, 0, 0, 0, 0x50, 97)],
    [/within a length/, frame(0x60, 0x40, 2, 0, 0, 0, 0xf0, 255)],
    [/within an offset/, frame(0x60, 0x40, 3, 0, 0, 0, 0x10, 97, 1)],
    [/goes beyond its end/, frame(0x60, 0x40, 6, 1, 0, 0, 0x1f, 97, 1, 0, ...new Array(257).fill(255), 0)],
    [/content is wrong/, frame(0x64, 0x40, 1, 0, 0, 0x80, 97, 0, 0, 0, 0, 1, 2, 3, 4)],
  ];
  for (const [message, bytes] of rows) {
    const decoder = new Lz4Decoder();
    decoder.feed(bytes);
    const readAll = (): void => {
      while (decoder.next() !== undefined);
    };
    assert.throws(readAll, { code: "COMPRESSION", message });
  }
});

test("snappy that can't be", () => {
  const rows: readonly (readonly [RegExp, Decoder, readonly number[]])[] = [
    [/identifier/, new SnappyFrameDecoder(), [0xff, 6, 0, 0, 1, 2, 3, 4, 5, 6]],
    [/type 0x2/, new SnappyFrameDecoder(), [2, 0, 0, 0]],
    [/longer than there can be/, new SnappyFrameDecoder(), [0, 255, 255, 255]],
    [/no room/, new SnappyFrameDecoder(), [1, 1, 0, 0, 0]],
    [/checksum/, new SnappyFrameDecoder(), [1, 5, 0, 0, 1, 2, 3, 4, 97]],
    [/promised/, new SnappyFrameDecoder(), [0, 7, 0, 0, 1, 2, 3, 4, 5, 0, 97]],
    [/more than 65536/, new SnappyBlockDecoder(), [255, 255, 255]],
    [/more than 65536/, new SnappyBlockDecoder(), [129, 128, 4]],
    [/literal/, new SnappyBlockDecoder(), [2, 8, 97, 97, 97]],
    [/begins before/, new SnappyBlockDecoder(), [9, 0, 97, 1, 2]],
    [/copy goes beyond/, new SnappyBlockDecoder(), [3, 0, 97, 1, 1]],
  ];
  for (const [message, decoder, bytes] of rows) {
    decoder.feed(Uint8Array.from(bytes));
    assert.throws(() => decoder.next(), { code: "COMPRESSION", message });
  }
});

test("checksums are those of their definitions", () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  assert.equal(crc32c(bytes("123456789")), 0xe3069283);
  assert.equal(xxh32(bytes("")), 0x02cc5d05);
  assert.equal(xxh32(bytes("a")), 0x550d7456);
  assert.equal(xxh32(bytes("Nobody inspects the spammish repetition")), 0xe2293b2f);
  const random = seeded();
  const whole = Uint8Array.from({ length: 1_000 }, () => random.below(256));
  const pieces = new Xxh32();
  for (let at = 0; at < 1_000; ) {
    const next = at + random.below(50);
    pieces.update(whole.subarray(at, next));
    at = next;
  }
  assert.equal(pieces.digest(), xxh32(whole));
});

test("a stream's compression is known by its first bytes, and no line is taken for one", () => {
  for (const [name, , want] of STREAMS) assert.equal(recogniseCompression(fixture(name)), want, name);
  assert.equal(recogniseCompression(fixture("carbon-c-relay.gzip")), "gzip");
  const lines = [
    "a.b 1 1\n",
    "\n",
    "größe 1 1\n",
    "öl 1 1\n",
    "blue.x 1 1700000000\n",
    "Pop 1 1\n",
    '"Da.b 1 1\n',
    "p\n",
  ];
  for (const line of lines) assert.equal(recogniseCompression(Buffer.from(line)), "none", line);
  for (const start of ["", "\x1f", "\x04\x22", "\xff\x06\x00"]) {
    assert.equal(recogniseCompression(Buffer.from(start, "latin1")), undefined, JSON.stringify(start));
  }
});
