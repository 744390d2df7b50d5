import assert from "node:assert/strict";
import { test } from "node:test";
import { greatestOverlaps, type Interval, majorityOf } from "#src/cluster/marzullo.ts";
import { mulberry32, propertySeed } from "../support/virtual-udp.ts";

function intervals(...bounds: readonly (readonly [number, number])[]): Interval[] {
  return bounds.map(([low, high]) => ({ low, high }));
}

/** Intervals, then the smallest greatest overlap and how many share it. The first three are TigerBeetle's cases. */
const OVERLAPS: readonly (readonly [string, readonly Interval[], readonly [number, number, number]])[] = [
  ["all three meet", intervals([11, 13], [10, 12], [8, 12]), [11, 12, 3]],
  ["one is apart", intervals([8, 12], [11, 13], [14, 15]), [11, 12, 2]],
  ["below zero", intervals([-9, -7], [-12, -7], [-11, -10]), [-11, -10, 2]],
  ["one alone", intervals([3, 4]), [3, 4, 1]],
  ["they only touch", intervals([1, 2], [2, 3]), [2, 2, 2]],
  ["a point inside", intervals([-5, 5], [0, 0]), [0, 0, 2]],
  ["the same twice", intervals([1, 2], [1, 2]), [1, 2, 2]],
  ["one within another", intervals([0, 10], [4, 5], [8, 20]), [4, 5, 2]],
];
for (const [name, given, [low, high, count]] of OVERLAPS) {
  test(`the greatest overlap: ${name}`, () => {
    const smallest = greatestOverlaps(given).reduce((a, b) => (b.high - b.low < a.high - a.low ? b : a));
    assert.deepEqual(smallest, { low, high, count });
  });
}

test("no intervals overlap nowhere", () => {
  assert.deepEqual(greatestOverlaps([]), []);
  assert.equal(majorityOf([]), undefined);
});

const MAJORITIES: readonly (readonly [string, readonly Interval[], readonly number[] | undefined])[] = [
  ["one clock agrees with itself", intervals([0, 0]), []],
  ["two that agree", intervals([0, 0], [-1, 1]), []],
  ["two that do not: nobody can tell", intervals([0, 0], [5, 6]), undefined],
  ["the one of three that is off is named", intervals([0, 1], [5, 6], [0, 2]), [1]],
  ["three that all disagree: nobody can tell", intervals([0, 1], [5, 6], [10, 11]), undefined],
  ["two against two: nobody can tell", intervals([0, 1], [0, 1], [5, 6], [5, 6]), undefined],
  ["three against two", intervals([0, 1], [0, 1], [0, 1], [5, 6], [5, 6]), [3, 4]],
  ["a wide interval agrees with both sides, so neither is called wrong", intervals([0, 10], [0, 1], [9, 10]), []],
  ["a wide interval does not save the one that misses it too", intervals([0, 10], [0, 1], [1, 2], [50, 60]), [3]],
];
for (const [name, given, outside] of MAJORITIES) {
  test(`majority: ${name}`, () => {
    assert.deepEqual(majorityOf(given)?.outside, outside);
  });
}

test("the same as trying every point, on 3,000 random sets", (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry32(seed);
  for (let i = 0; i < 3_000; i++) {
    // Few whole numbers, so that equal bounds, touching intervals and points are common.
    const given = Array.from({ length: 1 + Math.floor(random() * 8) }, () => {
      const low = Math.floor(random() * 12);
      return { low, high: low + Math.floor(random() * 5) };
    });
    // Overlaps begin and end at whole numbers: halves stand for what lies between.
    const countAt = (x: number): number => given.filter(({ low, high }) => low <= x && x <= high).length;
    const points = Array.from({ length: 41 }, (_, half) => half / 2);
    const most = Math.max(...points.map(countAt));
    const overlaps = greatestOverlaps(given);
    assert.ok(overlaps.every(({ count }) => count === most));
    const covered = points.filter((x) => overlaps.some(({ low, high }) => low <= x && x <= high));
    assert.deepEqual(
      covered,
      points.filter((x) => countAt(x) === most),
      `set ${i} of seed ${seed}`,
    );
    const majority = majorityOf(given);
    assert.equal(majority !== undefined, most > given.length / 2);
    if (majority === undefined) continue;
    const wrong = given.flatMap(({ low, high }, index) => {
      return points.some((x) => countAt(x) === most && low <= x && x <= high) ? [] : [index];
    });
    assert.deepEqual(majority.outside, wrong, `set ${i} of seed ${seed}`);
  }
});
