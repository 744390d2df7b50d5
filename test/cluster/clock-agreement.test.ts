import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agreementOf,
  type ClockReport,
  clockVerdict,
  differenceNow,
  type NamedDifference,
} from "#src/cluster/clock-agreement.ts";
import { clusterOptions } from "#src/cluster/options.ts";
import { LIMITS } from "#src/core/limits.ts";
import { mulberry32, propertySeed } from "../support/virtual-udp.ts";

const WARNING = { fire: 50, clear: 30 };

/** Offset, bound, verdict. */
const VERDICTS: readonly (readonly [number, number, string])[] = [
  [100, 10, "fire"],
  [-100, 10, "fire"],
  [60, 10, "uncertain"], // exactly at the threshold is not beyond it
  [60.1, 10, "fire"],
  [100, 60, "uncertain"], // 200 ms of asymmetry: the value is wrong and the bound says so
  [0, 100, "uncertain"],
  [45, 1, "uncertain"], // between the thresholds: neither fires nor clears
  [25, 5, "uncertain"],
  [24.9, 5, "clear"],
  [-24.9, 5, "clear"],
  [0, 0, "clear"],
];
for (const [offsetMs, boundMs, verdict] of VERDICTS) {
  test(`${offsetMs} ± ${boundMs} ms against fire 50, clear 30: ${verdict}`, () => {
    assert.equal(clockVerdict({ offsetMs, boundMs }, WARNING), verdict);
  });
}

function report(changes: Partial<ClockReport>): ClockReport {
  return {
    offsetMs: 10,
    boundMs: 1,
    delayMs: 2,
    driftPpm: undefined,
    driftBoundPpm: undefined,
    measuredAtMs: 0,
    ...changes,
  };
}

test("the bound grows with age: by 1000 ppm while the drift is unknown, by drift, its error and 50 ppm afterwards", () => {
  assert.deepEqual(differenceNow(report({}), 0), { offsetMs: 10, boundMs: 1 });
  assert.deepEqual(differenceNow(report({}), 10_000), { offsetMs: 10, boundMs: 11 });
  assert.deepEqual(differenceNow(report({ driftPpm: -100, driftBoundPpm: 50 }), 10_000), { offsetMs: 10, boundMs: 3 });
  assert.deepEqual(differenceNow(report({ measuredAtMs: 99 }), 0), { offsetMs: 10, boundMs: 1 });
});

function clocks(...list: readonly (readonly [string, number, number])[]): NamedDifference[] {
  return list.map(([node, offsetMs, boundMs]) => ({ node, offsetMs, boundMs }));
}

test("every pair differs by the difference of the offsets, give or take both bounds", () => {
  const { pairs } = agreementOf(clocks(["a", 10, 1], ["b", -5, 2], ["c", 0, 0.5]));
  assert.deepEqual(pairs, [
    { a: "a", b: "b", offsetMs: 15, boundMs: 3 },
    { a: "a", b: "c", offsetMs: 10, boundMs: 1.5 },
    { a: "b", b: "c", offsetMs: -5, boundMs: 2.5 },
  ]);
});

test("the worst pair is the one that differs most for certain, the fast clock first", () => {
  const { worst } = agreementOf(clocks(["a", 10, 1], ["b", -5, 2], ["c", 900, 2_000]));
  assert.deepEqual(worst, { a: "a", b: "b", offsetMs: 15, boundMs: 3 });
  assert.equal(agreementOf(clocks(["a", 10, 1])).worst, undefined);
});

test("the worst pair is the same as of trying all", (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry32(seed);
  for (let i = 0; i < 500; i++) {
    const given = Array.from({ length: 2 + Math.floor(random() * 6) }, (_, n) => ({
      node: `n${n}`,
      offsetMs: Math.floor(random() * 20),
      boundMs: Math.floor(random() * 10),
    }));
    const certain = given.flatMap((a) =>
      given.filter((b) => b !== a).map((b) => a.offsetMs - b.offsetMs - a.boundMs - b.boundMs),
    );
    const { a, b, offsetMs, boundMs } = agreementOf(given).worst!;
    assert.notEqual(a, b);
    assert.equal(offsetMs - boundMs, Math.max(...certain), `set ${i} of seed ${seed}`);
  }
});

/** Clocks; then who is wrong, whether the aggregator is, and whether anybody can tell. */
const WRONG: readonly (readonly [string, NamedDifference[], readonly string[], boolean, boolean])[] = [
  ["no node", [], [], false, true],
  ["all agree", clocks(["a", 0.1, 0.2], ["b", -0.1, 0.2]), [], false, true],
  ["one of three clocks is off", clocks(["a", 900, 1], ["b", 0, 1]), ["a"], false, true],
  ["one of five is off", clocks(["a", 0, 1], ["b", 0, 1], ["c", -70, 1], ["d", 0, 1]), ["c"], false, true],
  ["the aggregator is off", clocks(["a", 900, 1], ["b", 901, 1], ["c", 900, 2]), [], true, true],
  [
    "the aggregator and a node are off",
    clocks(["a", 900, 1], ["b", 901, 1], ["c", 900, 2], ["d", 5, 1]),
    ["d"],
    true,
    true,
  ],
  ["one node and the aggregator differ: nobody can tell", clocks(["a", 900, 1]), [], false, false],
  ["every clock has its own opinion", clocks(["a", 100, 1], ["b", 200, 1], ["c", 300, 1]), [], false, false],
  ["a node that knows too little is not wrong", clocks(["a", 900, 1_000], ["b", 0, 1]), [], false, true],
];
for (const [name, given, wrongNodes, aggregatorWrong, canTell] of WRONG) {
  test(`who is wrong: ${name}`, () => {
    const agreement = agreementOf(given);
    assert.deepEqual(
      [agreement.wrongNodes, agreement.aggregatorWrong, agreement.majority !== undefined],
      [wrongNodes, aggregatorWrong, canTell],
    );
  });
}

test("the majority says where it is and who is part of it", () => {
  assert.deepEqual(agreementOf(clocks(["a", 900, 1], ["b", 901, 1], ["c", 0, 5], ["d", 900.5, 9])).majority, {
    lowMs: 900,
    highMs: 901,
    clocks: 3,
    of: 5,
  });
});

test("too many nodes for a matrix: no pairs, but still the worst", () => {
  const many = Array.from({ length: LIMITS.clockMatrixNodes + 1 }, (_, i) => ({
    node: `n${i}`,
    offsetMs: i,
    boundMs: 0,
  }));
  const { pairs, worst } = agreementOf(many);
  assert.deepEqual(pairs, []);
  assert.equal(worst!.offsetMs, LIMITS.clockMatrixNodes);
  assert.equal(agreementOf(many.slice(1)).pairs.length, 4_950);
});

test("thresholds: the defaults, one of them changed, and a clear beyond its fire", () => {
  const { warning, critical } = clusterOptions.parse({});
  assert.deepEqual([warning, critical], [WARNING, { fire: 500, clear: 400 }]);
  assert.deepEqual(clusterOptions.parse({ warning: { fire: "80ms" } }).warning, { fire: 80, clear: 30 });
  assert.equal(clusterOptions.safeParse({ warning: { fire: "10ms" } }).success, false);
  assert.equal(clusterOptions.safeParse({ lateAfter: 4 }).success, false);
});
