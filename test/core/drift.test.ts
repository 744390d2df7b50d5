import assert from "node:assert/strict";
import { test } from "node:test";
import type { OffsetEstimate } from "#src/core/clock-offset.ts";
import { createDriftWindow, DRIFT_POINTS_LEAST, fitDrift } from "#src/core/drift.ts";
import { mulberry32, propertySeed } from "../support/virtual-udp.ts";

function point(second: number, offsetMs: number, boundMs = 0.1): OffsetEstimate {
  return { offsetMs, boundMs, delayMs: 2 * boundMs, monotonicMs: second * 1000 };
}

/** A clock that gains `ppm`, measured every ten seconds. */
function line(count: number, ppm: number, startSecond = 0): OffsetEstimate[] {
  return Array.from({ length: count }, (_, i) => point(startSecond + 10 * i, 5 + (10_000 * i * ppm) / 1e6));
}

test("a straight line has the drift of its slope", () => {
  for (const ppm of [0, 1, -37.5, 500]) assert.ok(Math.abs(fitDrift(line(30, ppm)).ppm - ppm) < 1e-6);
});

test("the bound is what two intervals at the ends allow: 0.2 ms in 290 s", () => {
  const { boundPpm, spanMs } = fitDrift(line(30, 40));
  assert.equal(spanMs, 290_000);
  assert.ok(Math.abs(boundPpm - (0.2 / 290_000) * 1e6) < 1e-6, String(boundPpm));
});

test("every third point being wrong by a second does not move it", () => {
  const points = line(31, 25).map((p, i) => (i % 3 === 1 ? { ...p, offsetMs: p.offsetMs + 1_000, boundMs: 1_000 } : p));
  assert.ok(Math.abs(fitDrift(points).ppm - 25) < 1, String(fitDrift(points).ppm));
});

test("|error| ≤ bound for any constant rate and any points that are within their bounds", (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry32(seed);
  for (let i = 0; i < 300; i++) {
    const ppm = (random() * 2 - 1) * 500;
    let second = 0;
    const points = Array.from({ length: 20 + Math.floor(random() * 40) }, () => {
      second += 1 + random() * 30;
      const boundMs = random() * 10 ** (random() * 4 - 2);
      return point(second, (second * ppm) / 1000 + (random() * 2 - 1) * boundMs, boundMs);
    });
    const drift = fitDrift(points);
    assert.ok(Math.abs(drift.ppm - ppm) <= drift.boundPpm + 1e-6, `case ${i} of seed ${seed}: ${drift.ppm} for ${ppm}`);
  }
});

test("nothing is said before there are enough points", () => {
  const window = createDriftWindow();
  const points = line(DRIFT_POINTS_LEAST, 10);
  for (const [i, p] of points.entries()) {
    assert.equal(window.drift() === undefined, i < DRIFT_POINTS_LEAST, `after ${i} points`);
    window.add(p);
  }
  assert.ok(window.drift() !== undefined);
});

test("a jump that no drifting clock makes starts the window anew, also a small one", () => {
  for (const jumpMs of [11, -11, 1e9]) {
    const window = createDriftWindow();
    for (const p of line(50, 10)) window.add(p);
    window.add(point(500, 10 + jumpMs));
    assert.equal(window.drift(), undefined, `${jumpMs} ms`);
  }
});

test("an unlucky measurement within the bounds does not", () => {
  const window = createDriftWindow();
  for (const p of line(50, 10)) window.add(p);
  window.add(point(500, 12, 8));
  assert.ok(window.drift() !== undefined);
});

test("the window follows a change of rate within its length, and forgets what is an hour old", () => {
  const window = createDriftWindow();
  for (const p of line(120, 10)) window.add(p);
  const last = 5 + (1_190_000 * 10) / 1e6;
  for (const p of line(120, -30, 1_200)) window.add({ ...p, offsetMs: p.offsetMs - 5 + last });
  assert.ok(Math.abs(window.drift()!.ppm + 30) < 1e-6);
  window.add(point(10_000, last, 1_000));
  assert.equal(window.drift(), undefined);
});

test("reset forgets", () => {
  const window = createDriftWindow();
  for (const p of line(50, 10)) window.add(p);
  window.reset();
  assert.equal(window.drift(), undefined);
});
