/** Whisper files that are cut, damaged or made up: a coded error that names the file, or an answer, within the file's size. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import { fetchWhisper, wholeArchive } from "#src/whisper/fetch.ts";
import { POINT_BYTES, parseHeader } from "#src/whisper/header.ts";
import { hashNames, metricNameOf } from "#src/whisper/metric-name.ts";
import { seeded } from "../support/random.ts";

const NOW = 1_795_430_123;
const HEADER_BYTES = 16 + 2 * 12;

/** 10 s for 100 slots, 60 s for 50, all known. */
function makeFile(): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + 150 * POINT_BYTES));
  [1, 3000, 0, 2, HEADER_BYTES, 10, 100, HEADER_BYTES + 100 * POINT_BYTES, 60, 50].forEach((word, i) => {
    view.setUint32(i * 4, word);
  });
  view.setFloat32(8, 0.5);
  const fill = (at: number, step: number, points: number): void => {
    for (let i = 0; i < points; i++) {
      view.setUint32(at + i * POINT_BYTES, NOW - (NOW % step) - (points - 1 - i) * step);
      view.setFloat64(at + i * POINT_BYTES + 4, i);
    }
  };
  fill(HEADER_BYTES, 10, 100);
  fill(HEADER_BYTES + 100 * POINT_BYTES, 60, 50);
  return new Uint8Array(view.buffer);
}

function withWord(at: number, word: number): Uint8Array {
  const bytes = makeFile();
  new DataView(bytes.buffer).setUint32(at, word);
  return bytes;
}

const WRONG: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
  ["an empty file", new Uint8Array(0), "WHISPER_TRUNCATED", /it has 0 bytes/],
  ["a header that is cut", makeFile().subarray(0, 30), "WHISPER_TRUNCATED", /30 bytes, and its header 40/],
  ["a last archive that is cut", makeFile().subarray(0, -1), "WHISPER_TRUNCATED", /archive\[1\] reaches to 1840/],
  ["an unknown method", withWord(0, 9), "WHISPER_FIELD", /aggregationType is 9, and has to be 1 to 8/],
  ["a factor beyond 1", withWord(8, 0x40000000), "WHISPER_FIELD", /xFilesFactor is 2/],
  ["a factor that is no number", withWord(8, 0x7fc00000), "WHISPER_FIELD", /xFilesFactor is NaN/],
  ["no archive", withWord(12, 0), "WHISPER_FIELD", /archiveCount is 0/],
  ["four thousand million archives", withWord(12, 0xffffffff), "WHISPER_FIELD", /archiveCount is 4294967295/],
  ["an archive in the header", withWord(16, 4), "WHISPER_FIELD", /archive\[0\]\.offset is 4/],
  ["a step of zero", withWord(20, 0), "WHISPER_FIELD", /archive\[0\]\.secondsPerPoint is 0/],
  ["an archive without points", withWord(24, 0), "WHISPER_FIELD", /archive\[0\]\.points is 0/],
  ["more points than the file", withWord(24, 0x7fffffff), "WHISPER_TRUNCATED", /archive\[0\] reaches to 25769803804/],
  ["archives out of order", withWord(32, 5), "WHISPER_FIELD", /archive\[1\]\.secondsPerPoint is 5/],
  ["a coarser archive that is shorter", withWord(36, 10), "WHISPER_FIELD", /archive\[1\]\.points is 10/],
  ["go-carbon's other format", new TextEncoder().encode("whisper_compressed….."), "WHISPER_COMPRESSED", /go-carbon/],
];

for (const [what, bytes, code, text] of WRONG) {
  test(`whisper: ${what} is ${code}`, () => {
    assert.throws(
      () => parseHeader(bytes, "/w/a.wsp"),
      (error: unknown) =>
        error instanceof LockstepError &&
        error.code === code &&
        text.test(error.message) &&
        error.message.includes("/w/a.wsp"),
    );
  });
}

test("whisper: files with random damage give an answer or a coded error, and no more values than they have room for", () => {
  const random = seeded();
  for (let run = 0; run < 3000; run++) {
    let bytes = makeFile();
    for (let i = random.between(1, 6); i > 0; i--) {
      bytes[random.below(random.chance(0.7) ? HEADER_BYTES : bytes.length)] = random.below(256);
    }
    if (random.chance(0.3)) bytes = bytes.subarray(0, random.below(bytes.length));
    try {
      const header = parseHeader(bytes, "f");
      for (const archive of header.archives) {
        assert.ok(wholeArchive(bytes, archive, NOW).values.length * POINT_BYTES <= bytes.length);
      }
      const found = fetchWhisper(bytes, header, NOW - random.below(5000), NOW, NOW);
      assert.ok((found?.values.length ?? 0) * POINT_BYTES <= bytes.length);
    } catch (error) {
      assert.ok(error instanceof LockstepError && error.code.startsWith("WHISPER_"), `seed ${random.seed}: ${error}`);
    }
  }
});

test("whisper: a path leads to its name, as carbon makes paths of names", () => {
  const hash = "3f8f3a4f6f0f3f2a5b6f7d8c9e0a1b2c3d4e5f60718293a4b5c6d7e8f9001122";
  const names = hashNames("disk.used;host=n1\nuntagged.name\n");
  const known = [...names.keys()][0]!;
  const rows: readonly (readonly [string, string | { hashed: string }])[] = [
    ["servers/web1/load.wsp", "servers.web1.load"],
    ["top.wsp", "top"],
    ["_tagged/eff/aae/some_DOT_metric;tag1=value2;tag2=value_DOT_2.wsp", "some.metric;tag1=value2;tag2=value.2"],
    [`_tagged/${known.slice(0, 3)}/${known.slice(3, 6)}/${known}.wsp`, "disk.used;host=n1"],
    [`_tagged/3f8/f3a/${hash}.wsp`, { hashed: hash }],
  ];
  for (const [path, want] of rows) assert.deepEqual(metricNameOf(path, names), want);
  assert.equal(names.size, 1);
});
