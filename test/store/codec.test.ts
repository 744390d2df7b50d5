import assert from "node:assert/strict";
import { test } from "node:test";
import { DECODE_SLACK_BYTES, decodeColumn, encodeColumn, encodedBound } from "#src/store/codec.ts";
import { getVarint, putVarint, varintEnd } from "#src/store/varint.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

function roundTrip(values: Float64Array): { bytes: number; decoded: Float64Array } {
  const out = new Uint8Array(encodedBound(values.length) + DECODE_SLACK_BYTES);
  const end = encodeColumn(values, 0, values.length, out, 0);
  const decoded = new Float64Array(values.length).fill(Number.NaN);
  if (end > 0) {
    // What follows a column in a page is another column, not zeros.
    out.fill(0xa5, end);
    assert.equal(decodeColumn(new DataView(out.buffer), 0, values.length, decoded, 0), end);
  }
  return { bytes: end, decoded };
}

function assertSame(decoded: Float64Array, values: Float64Array, what: string): void {
  for (let i = 0; i < values.length; i++) {
    const want = values[i]! + 0; // −0 is stored as 0
    if (!Object.is(decoded[i], want))
      assert.fail(`${what}: value ${i} of ${values.length} was ${want}, came back as ${decoded[i]}`);
  }
}

test("columns of every kind come back as the very same doubles", () => {
  const rows: readonly (readonly [string, readonly number[], number])[] = [
    ["nothing", [Number.NaN, Number.NaN], 0],
    ["one value", [42], 2],
    ["a constant", [3.25, 3.25, 3.25, 3.25], 4],
    ["negative zero", [-0, 0], 2],
    ["counters", [1000, 1010, 1020, 1030, 1041], 12],
    ["two decimals", [0.1, 0.2, 0.3, 12.34], 12],
    ["infinities", [Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY], 30],
    ["largest whole numbers", [2 ** 53 - 1, -(2 ** 53) + 1, 0], 40],
    ["beyond whole numbers", [2 ** 60, 1e300, 5e-324], 40],
    ["thirds", [1 / 3, 2 / 3, 4 / 3], 30],
    ["wide range in a frame", [0, 4_294_967_294, 5, 4_000_000_000], 24],
    ["a gap at the front", [Number.NaN, Number.NaN, 1, 2], 10],
    ["every second missing", [1, Number.NaN, 2, Number.NaN, 3, Number.NaN], 10],
  ];
  for (const [what, list, atMost] of rows) {
    const values = Float64Array.from(list);
    const { bytes, decoded } = roundTrip(values);
    assertSame(decoded, values, what);
    assert.ok(bytes <= atMost, `${what}: ${bytes} bytes`);
  }
});

/** One random column of the kinds that monitoring has, and of those that it should not have. */
function randomColumn(random: SeededRandom): Float64Array {
  const n = 1 + random.below(random.pick([3, 64, 65, 120, 720, 4096]));
  const kind = random.below(9);
  const scale = 10 ** random.below(13);
  let walk = random.below(1_000_000);
  const values = Float64Array.from({ length: n }, () => {
    walk += random.below(200) - 50;
    if (kind === 0) return walk;
    if (kind === 1) return walk / 100;
    if (kind === 2) return Math.round(random.next() * 100_000) / scale;
    if (kind === 3) return random.next() * 1e6;
    if (kind === 4) return random.below(3);
    if (kind === 5) return random.chance(0.02) ? random.next() * 2 ** 52 : random.below(100);
    if (kind === 6) return (random.next() - 0.5) * 2 ** random.below(1024);
    if (kind === 7) return Math.floor((random.next() - 0.5) * 2 ** random.below(54));
    return random.pick([0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1.7e308, 0.1, -1]);
  });
  const gaps = random.pick([0, 0, 0.01, 0.5, 0.98]);
  if (gaps > 0) for (let i = 0; i < n; i++) if (random.chance(gaps)) values[i] = Number.NaN;
  if (random.chance(0.1)) values.fill(Number.NaN, 0, random.below(n));
  return values;
}

test("random columns come back exactly", () => {
  const random = seeded();
  for (let i = 0; i < 3_000; i++) {
    const values = randomColumn(random);
    assertSame(roundTrip(values).decoded, values, `seed ${random.seed}, column ${i}`);
  }
});

test("what monitoring sends takes little room", () => {
  const random = seeded(7);
  const column = (next: (i: number) => number) =>
    roundTrip(Float64Array.from({ length: 120 }, (_, i) => next(i))).bytes / 120;
  const walk = (start: number, step: () => number) => {
    let value = start;
    return () => {
      value += step();
      return value;
    };
  };
  const percent = walk(5000, () => random.below(31) - 15);
  assert.ok(column(walk(1e9, () => 1000 + random.below(500))) < 1.5, "a counter");
  assert.ok(column(() => percent() / 100) < 0.9, "a percentage with two decimals");
  assert.ok(column(() => 17.5) < 0.06, "a constant");
  assert.ok(column(() => random.below(8)) < 0.5, "small numbers");
});

test("varints hold every safe integer", () => {
  const bytes = new Uint8Array(16);
  const rows = [0, 1, -1, 63, 64, -64, 127, 128, 8191, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1];
  for (const value of rows) {
    const end = putVarint(bytes, 0, value);
    assert.equal(getVarint(new DataView(bytes.buffer), 0), value);
    assert.equal(varintEnd(), end);
  }
});
