/** The method of reading the wall clock, over a machine that can be preempted between any two looks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readWallBetween } from "#src/core/real/clock.ts";
import { mulberry32, propertySeed } from "../support/virtual-udp.ts";

interface Shape {
  /** Chance that the process is preempted at a look. */
  readonly preempted: number;
  /** Wall clock against monotonic clock. */
  readonly ratePpm: number;
  /** Chance that the wall clock is set at a look, by up to two seconds. */
  readonly set: number;
}

/** Two clocks whose difference is known at every moment; each look costs some time. */
function simulatedClocks(random: () => number, shape: Shape) {
  let trueMs = random() * 1000;
  let setByMs = 1_795_000_000_000 + random() * 1000;
  const wallExact = (): number => trueMs * (1 + shape.ratePpm / 1e6) + setByMs;
  function pass(): void {
    trueMs += 0.0001 + random() * 0.0006;
    if (random() < shape.preempted) trueMs += random() * 12;
    if (random() < shape.set) setByMs += (random() * 2 - 1) * 2000;
  }
  return {
    wallNow: () => {
      pass();
      return Math.floor(wallExact());
    },
    monotonicNow: () => {
      pass();
      return trueMs;
    },
    /** What the wall clock showed, or would have, at a moment of the monotonic clock near now. */
    wallAt: (monotonicMs: number) => wallExact() - (trueMs - monotonicMs) * (1 + shape.ratePpm / 1e6),
  };
}

const SHAPES: readonly (readonly [string, Shape])[] = [
  ["an idle machine", { preempted: 0, ratePpm: 0, set: 0 }],
  ["a machine that preempts at every hundredth look", { preempted: 0.01, ratePpm: 0, set: 0 }],
  ["a machine that preempts at every third look", { preempted: 0.3, ratePpm: 0, set: 0 }],
  ["a wall clock that gains 500 ppm on the monotonic one", { preempted: 0.001, ratePpm: 500, set: 0 }],
  ["a wall clock that loses 500 ppm on the monotonic one", { preempted: 0.001, ratePpm: -500, set: 0 }],
];

for (const [name, shape] of SHAPES) {
  test(`the reading is within its uncertainty on ${name}`, (t) => {
    const seed = propertySeed();
    t.diagnostic(`seed ${seed}`);
    const random = mulberry32(seed);
    for (let i = 0; i < 1_000; i++) {
      const clocks = simulatedClocks(random, shape);
      const reading = readWallBetween(clocks.wallNow, clocks.monotonicNow);
      const errorMs = Math.abs(reading.wallMs - clocks.wallAt(reading.monotonicMs));
      // A date in milliseconds is itself good to 0.00025 ms only.
      assert.ok(errorMs <= reading.uncertaintyMs + 0.0005, `error ${errorMs}, uncertainty ${reading.uncertaintyMs}`);
    }
  });
}

test("an undisturbed reading is good to three microseconds", () => {
  const clocks = simulatedClocks(mulberry32(7), { preempted: 0, ratePpm: 0, set: 0 });
  const reading = readWallBetween(clocks.wallNow, clocks.monotonicNow);
  assert.ok(reading.uncertaintyMs < 0.003, String(reading.uncertaintyMs));
});

test("a clock that is set while it is read is read as it is afterwards", () => {
  let looks = 0;
  let ms = 0.3;
  const reading = readWallBetween(
    () => {
      looks++;
      return Math.floor(5_000 + ms + (looks > 100 ? 86_400_000 : 0));
    },
    () => {
      ms += 0.001;
      return ms;
    },
  );
  const shownMs = reading.wallMs + (ms - reading.monotonicMs);
  assert.ok(Math.abs(shownMs - (86_405_000 + ms)) <= reading.uncertaintyMs, `${shownMs}`);
});

test("a clock that stands still is read as whole milliseconds allow, and the reading ends", () => {
  let ms = 0;
  const reading = readWallBetween(
    () => 5_000,
    () => {
      ms += 0.01;
      return ms;
    },
  );
  assert.equal(reading.wallMs, 5_000);
  assert.ok(reading.uncertaintyMs >= 0.25, String(reading.uncertaintyMs));
});
