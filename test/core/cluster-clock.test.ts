import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClusterClock, createClusterClock } from "#src/core/cluster-clock.ts";
import type { Drift } from "#src/core/drift.ts";
import { createVirtualNetwork } from "../support/virtual-udp.ts";

function createNode() {
  const network = createVirtualNetwork(1);
  const machine = network.machine({ address: "10.0.0.2" });
  const { clock } = machine.world;
  const clusterClock = createClusterClock(clock);
  const measured = (offsetMs: number, drift?: Partial<Drift>): void =>
    clusterClock.measured(
      { offsetMs, boundMs: 0.1, delayMs: 0.2, monotonicMs: clock.monotonicMs() },
      drift && { ppm: 0, boundPpm: 0, spanMs: 1_200_000, ...drift },
    );
  return { network, machine, clusterClock, measured };
}

/** What is left of the node's own time: 0 when cluster time is `offset` behind it. */
function correction(clusterClock: ClusterClock, wallMs: number): number {
  return Math.round((wallMs - clusterClock.toClusterMs(wallMs)) * 1000) / 1000;
}

test("unmeasured, cluster time is the node's own, and stamps are whole seconds of it", () => {
  const { clusterClock } = createNode();
  assert.equal(clusterClock.toClusterMs(1_795_000_000_123), 1_795_000_000_123);
  assert.equal(clusterClock.clusterSeconds({ wallMs: 1_795_000_000_999 }), 1_795_000_000);
  assert.equal(clusterClock.clusterSeconds({ wallMs: 1_795_000_020_000, stepSeconds: 60 }), 1_795_000_020);
  assert.equal(clusterClock.offsetNow(), undefined);
  clusterClock.stepped(5_000);
  assert.equal(clusterClock.toClusterMs(1_795_000_000_123), 1_795_000_000_123);
});

test("a fast clock is taken back, a slow one forward", () => {
  const { clusterClock, machine, measured } = createNode();
  measured(2_000);
  assert.equal(correction(clusterClock, machine.wallMs()), 2_000);
  measured(-300.5);
  assert.equal(correction(clusterClock, machine.wallMs()), -300.5);
});

test("a measured drift moves the offset on, as long as it was watched and no longer, both ways", async () => {
  const { clusterClock, machine, measured, network } = createNode();
  measured(10, { ppm: 100, spanMs: 600_000 });
  await network.run(60_000);
  assert.equal(correction(clusterClock, machine.wallMs()), 16);
  assert.equal(correction(clusterClock, machine.wallMs() - 120_000), 4);
  await network.run(86_400_000);
  assert.equal(correction(clusterClock, machine.wallMs()), 10 + 60);
  assert.equal(correction(clusterClock, machine.wallMs() - 365 * 86_400_000), 10 - 60);
});

test("the bound grows slowly while the drift is followed, by the whole drift afterwards, by 1000 ppm without", async () => {
  const grown = async (drift: Partial<Drift> | undefined, ms: number): Promise<number> => {
    const { clusterClock, measured, network } = createNode();
    measured(0, drift);
    await network.run(ms);
    return Math.round((clusterClock.offsetNow()!.boundMs - 0.1) * 1000) / 1000;
  };
  assert.equal(await grown({ ppm: 100, boundPpm: 10, spanMs: 100_000 }, 100_000), 6);
  assert.equal(await grown({ ppm: 100, boundPpm: 10, spanMs: 100_000 }, 200_000), 12 + 10);
  assert.equal(await grown(undefined, 100_000), 100);
});

test("when the node's clock is set, cluster time goes on", () => {
  const { clusterClock, machine, measured } = createNode();
  measured(20, { ppm: 100 });
  const before = clusterClock.toClusterMs(machine.wallMs());
  machine.stepWall(-3_600_000);
  clusterClock.stepped(-3_600_000);
  assert.ok(Math.abs(clusterClock.toClusterMs(machine.wallMs()) - before) < 0.001);
  assert.ok(clusterClock.offsetNow()!.boundMs >= 2);
});

const ROW_MS = 1_795_000_020_000; // ends a minute
const ROWS: readonly (readonly [number, number])[] = [
  [0, 0],
  [2_000, 0],
  [29_000, 0],
  [-29_000, 0],
  [31_000, 60],
  [-31_000, -60],
  [3_600_000, 3_600],
  [-86_400_000, -86_400],
];
for (const [offsetMs, movedSeconds] of ROWS) {
  test(`a row of a minute, from a clock ${offsetMs / 1000} s fast, moves by ${movedSeconds} s`, () => {
    const { clusterClock, measured } = createNode();
    measured(offsetMs);
    const seconds = clusterClock.clusterSeconds({ wallMs: ROW_MS, stepSeconds: 60 });
    assert.equal(seconds, ROW_MS / 1000 - movedSeconds);
  });
}

test("an offset that wobbles around half a step moves no row", () => {
  const { clusterClock, measured } = createNode();
  const seconds = [29_900, 30_100, 29_900, 44_000, 16_000].map((offsetMs) => {
    measured(offsetMs);
    return clusterClock.clusterSeconds({ wallMs: ROW_MS, stepSeconds: 60 });
  });
  assert.deepEqual(new Set(seconds), new Set([ROW_MS / 1000]));
  measured(46_000);
  assert.equal(clusterClock.clusterSeconds({ wallMs: ROW_MS, stepSeconds: 60 }), ROW_MS / 1000 - 60);
});

test("rows of different steps move each by their own", () => {
  const { clusterClock, measured } = createNode();
  measured(90_000);
  assert.equal(clusterClock.clusterSeconds({ wallMs: ROW_MS, stepSeconds: 60 }), ROW_MS / 1000 - 120);
  assert.equal(clusterClock.clusterSeconds({ wallMs: ROW_MS, stepSeconds: 10 }), ROW_MS / 1000 - 90);
  assert.equal(clusterClock.clusterSeconds({ wallMs: ROW_MS, stepSeconds: 3_600 }), ROW_MS / 1000);
  assert.equal(clusterClock.clusterSeconds({ wallMs: ROW_MS + 500 }), ROW_MS / 1000 - 90);
});
