import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeProtobuf } from "#src/carbon/protobuf.ts";
import { errorCode } from "#src/core/errors.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

/** What carbon's Payload with a.b (1700000000, 1.5), (1700000010, −2) and c (0, 0) serialises to in Python. */
const BY_PYTHON =
  "0a270a03612e62120f0880e2cfaa0611000000000000f83f120f088ae2cfaa061100000000000000c0" + "0a050a01631200";

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const field = (number: number, bytes: readonly number[]): number[] => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const double = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];

interface Point {
  readonly name: string;
  readonly seconds: number;
  readonly value: number;
}

/** With fields in any order, and ones that nobody knows in between. */
function write(points: readonly Point[], random: SeededRandom): Uint8Array {
  const noise = (): number[] =>
    random.pick<() => number[]>([
      () => [],
      () => [...varint(15 * 8), ...varint(random.below(2 ** 50))],
      () => [...varint(16 * 8 + 1), ...double(random.next())],
      () => field(17, [1, 2, 3]),
      () => [...varint(18 * 8 + 5), 1, 2, 3, 4],
    ])();
  const metrics = points.map(({ name, seconds, value }) => {
    const parts = [[8, ...varint(seconds)], [17, ...double(value)], noise()];
    const point = field(2, (random.chance(0.5) ? parts : parts.reverse()).flat());
    const named = field(1, [...Buffer.from(name)]);
    return [...noise(), ...field(1, (random.chance(0.5) ? [named, point] : [point, named]).flat())];
  });
  return Uint8Array.from(metrics.flat());
}

test("what Python writes is read", () => {
  assert.deepEqual(decodeProtobuf(Buffer.from(BY_PYTHON, "hex")), [
    { name: "a.b", seconds: 1_700_000_000, value: 1.5 },
    { name: "a.b", seconds: 1_700_000_010, value: -2 },
    { name: "c", seconds: 0, value: 0 },
  ]);
  assert.deepEqual(decodeProtobuf(new Uint8Array(0)), []);
});

test("any order of fields, and fields that nobody knows", () => {
  const random = seeded();
  for (let run = 0; run < 300; run++) {
    const points = Array.from({ length: random.below(20) }, () => ({
      name: random.pick(["a", "größe.b", "x".repeat(200)]),
      seconds: random.below(2 ** 32),
      value: (random.next() - 0.5) * 10 ** random.below(300),
    }));
    assert.deepEqual(decodeProtobuf(write(points, random)), points, `seed ${random.seed}, run ${run}`);
  }
});

test("what is no payload is an error", () => {
  const rows: readonly (readonly [RegExp, readonly number[]])[] = [
    [/ends too early/, [10, 5, 1]],
    [/ends too early/, [10]],
    [/ten bytes/, new Array(11).fill(255)],
    [/wire type 0, not 2/, [8, 1]],
    [/wire type 5, not 2/, field(1, [13, 1, 2, 3, 4])],
    [/wire type 2, not 0/, field(1, field(2, field(1, [])))],
    [/wire type 3 is none/, [...varint(9 * 8 + 3)]],
    [/no number of a field/, [2, 0]],
    [/no UTF-8/, field(1, field(1, [255]))],
  ];
  for (const [message, frame] of rows) {
    assert.throws(() => decodeProtobuf(Uint8Array.from(frame)), { code: "PROTOBUF", message });
  }
});

test("damaged payloads are errors, or other payloads, never anything else", () => {
  const random = seeded();
  for (let run = 0; run < 3_000; run++) {
    const points = Array.from({ length: 5 }, (_, i) => ({ name: `a.${i}`, seconds: i, value: i / 3 }));
    const frame = write(points, random);
    for (let i = random.below(5); i >= 0; i--) frame[random.below(frame.length)] = random.below(256);
    try {
      decodeProtobuf(frame.subarray(0, random.below(frame.length + 1)));
    } catch (error) {
      if (errorCode(error) !== "PROTOBUF") throw new Error(`seed ${random.seed}, run ${run}`, { cause: error });
    }
  }
});
