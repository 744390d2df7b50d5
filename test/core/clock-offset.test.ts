import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boundAt,
  DRIFT_BOUND,
  estimateOffset,
  intersectOffsets,
  type OffsetEstimate,
  RATE_LIMIT,
} from "#src/core/clock-offset.ts";
import { mulberry32, propertySeed } from "../support/virtual-udp.ts";

/** Our clock is ahead by `offset`; `out` and `back` are the delays. */
function exchange(offset: number, out: number, back: number, held = 0.05) {
  const t1 = 1_795_000_000_000;
  const t2 = t1 + out - offset;
  return { t1, t2, t3: t2 + held, t4: t1 + out + held + back, readErrorMs: 0 };
}

function assertNear(got: number, want: number, within: number): void {
  assert.ok(Math.abs(got - want) <= within, `${got} is not ${want} ± ${within}`);
}

test("our clock ahead gives a positive offset", () => {
  assertNear(estimateOffset(exchange(500, 1, 1), 0)!.offsetMs, 500, 0.001);
  assertNear(estimateOffset(exchange(-500, 1, 1), 0)!.offsetMs, -500, 0.001);
});

test("the bound is half the delay when reading the clocks costs nothing", () => {
  const { delayMs, boundMs } = estimateOffset(exchange(0, 3, 1), 0)!;
  assertNear(delayMs, 4, 0.001);
  assertNear(boundMs, 2, 0.01);
});

test("one way slower than the other makes the offset wrong by less than the bound", () => {
  for (const [out, back] of [
    [200, 0],
    [0, 200],
    [150, 50],
  ] as const) {
    const { offsetMs, boundMs } = estimateOffset(exchange(10, out, back), 0)!;
    assertNear(offsetMs, 10 + (back - out) / 2, 0.001);
    assert.ok(Math.abs(offsetMs - 10) <= boundMs);
  }
});

test("the errors of reading both clocks are part of the bound", () => {
  const sharp = estimateOffset(exchange(0, 1, 1), 0)!;
  const blurred = estimateOffset({ ...exchange(0, 1, 1), readErrorMs: 0.7 }, 0)!;
  assertNear(blurred.boundMs - sharp.boundMs, 0.7, 1e-6);
});

const CONTRADICTIONS: readonly (readonly [string, Partial<ReturnType<typeof exchange>>])[] = [
  ["an answer before the question", { t4: 1_794_999_999_999 }],
  ["an answer that left before the question came", { t3: 1_794_999_999_000 }],
  ["a server that held the packet longer than we waited", { t2: 1_795_000_000_000, t3: 1_795_000_000_500 }],
  ["a stamp that is not a number", { t2: Number.NaN }],
];
for (const [name, stamps] of CONTRADICTIONS) {
  test(`no offset out of ${name}`, () => {
    assert.equal(estimateOffset({ ...exchange(0, 1, 1), ...stamps }, 0), undefined);
  });
}

test("two exchanges, one quick on the way out and one on the way back, say more than each", () => {
  const quickOut = estimateOffset(exchange(10, 0.1, 5), 0)!;
  const quickBack = estimateOffset(exchange(10, 5, 0.1), 5)!;
  const both = intersectOffsets([quickOut, quickBack])!;
  assertNear(both.offsetMs, 10, 0.01);
  assertNear(both.boundMs, 0.1, 0.01);
  assert.equal(both.monotonicMs, 5);
});

test("exchanges that exclude each other prove nothing", () => {
  const before = estimateOffset(exchange(0, 0.1, 0.1), 0)!;
  const after = estimateOffset(exchange(50, 0.1, 0.1), 1)!;
  assert.equal(intersectOffsets([before, after]), undefined);
  assert.equal(intersectOffsets([]), undefined);
});

test("the bound grows with the age, by the rate given, and never shrinks", () => {
  const estimate: OffsetEstimate = { offsetMs: 1, boundMs: 0.1, delayMs: 0.2, monotonicMs: 1_000 };
  assertNear(boundAt(estimate, 11_000, DRIFT_BOUND), 0.1 + 0.5, 1e-9);
  assertNear(boundAt(estimate, 11_000, RATE_LIMIT), 0.1 + 10, 1e-9);
  assert.equal(boundAt(estimate, 0, RATE_LIMIT), 0.1);
});

test("|error| ≤ bound, always: 100,000 exchanges of random delays, offsets, rates and reading errors", (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry32(seed);
  for (let i = 0; i < 100_000; i++) {
    // Both clocks are functions of true time x; the difference at the end is the truth.
    const rate = (random() * 2 - 1) * RATE_LIMIT;
    const offset = (random() * 2 - 1) * 10 ** (random() * 7);
    const theirs = (x: number): number => 1_795_000_000_000 + x;
    const ours = (x: number): number => theirs(x) + offset + rate * x;
    const readErrorMs = random() * 10 ** (random() * 3 - 3);
    const [ourError, theirError] = [(random() * 2 - 1) * readErrorMs * 0.5, (random() * 2 - 1) * readErrorMs * 0.5];
    const delay = (): number => random() * 10 ** (random() * 6 - 3);
    const out = delay();
    const left = out + delay();
    const back = left + delay();
    const stamps = {
      t1: ours(0) + ourError,
      t2: theirs(out) + theirError,
      t3: theirs(left) + theirError,
      t4: ours(back) + ourError,
      readErrorMs,
    };
    const estimate = estimateOffset(stamps, back);
    assert.ok(estimate !== undefined, `exchange ${i} of seed ${seed} is true, and was refused`);
    const errorMs = Math.abs(estimate.offsetMs - (offset + rate * back));
    assert.ok(
      errorMs <= estimate.boundMs,
      `exchange ${i} of seed ${seed}: error ${errorMs}, bound ${estimate.boundMs}`,
    );
  }
});
