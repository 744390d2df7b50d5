/** The room's face: which samples it reads, what a snapshot tells, and what can't hurt it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isClusterSeries } from "#src/cluster/series.ts";
import { LIMITS } from "#src/core/limits.ts";
import { createRoom, type Room, START_MS } from "../support/cluster-room.ts";

const SERIES: readonly (readonly [string, boolean])[] = [
  ["connect.prod.n1.sidecar.heartbeat", true],
  ["connect.prod.n1.sidecar.heartbeat_interval_seconds", true],
  ["connect.prod.n1.sidecar.started_seconds", true],
  ["connect.prod.n1.sidecar.goodbye", true],
  ["connect.prod.n1.clock.aggregator.offset_seconds", true],
  ["connect.prod.n1.clock.aggregator.bound_seconds", true],
  ["connect.prod.n1.clock.aggregator.reachable", true],
  ["connect.prod.n1.clock.ntp.offset_seconds", false],
  ["connect.prod._cluster.sidecar.heartbeat", false],
  ["connect.prod.n1.sidecar.heartbeat;tag=1", false],
  ["connect.prod.n1.sidecar.heartbeat.more", false],
  ["connect.prod.sidecar.heartbeat", false],
  ["other.prod.n1.sidecar.heartbeat", false],
  ["", false],
];
for (const [name, wanted] of SERIES) {
  test(`"${name}" is ${wanted ? "" : "not "}read`, () => {
    const room = createRoom();
    assert.equal(isClusterSeries(name), wanted);
    assert.equal(room.send(name, 1), wanted);
  });
}

interface ClockValues {
  readonly offset?: number;
  readonly bound?: number;
  readonly delay?: number;
  readonly drift?: readonly [number, number];
}

/** A clock measurement of a node, in seconds, as the collector sends it. */
function sendClock(room: Room, node: string, { offset, bound, delay, drift }: ClockValues, stamp?: number): void {
  const send = (subject: string, value: number | undefined): void => {
    if (value !== undefined) room.send(`connect.prod.${node}.clock.aggregator.${subject}`, value, stamp);
  };
  send("reachable", offset === undefined ? 0 : 1);
  send("bound_seconds", bound);
  send("delay_seconds", delay);
  send("drift_ppm", drift?.[0]);
  send("drift_bound_ppm", drift?.[1]);
  send("offset_seconds", offset);
}

function aliveRoom(...names: string[]): Room {
  const room = createRoom();
  names.forEach((name, i) => {
    room.node(name, { phaseMs: 500 * (i % 20) });
  });
  room.pass(60_000);
  return room;
}

test("a clock measurement is put together again, in milliseconds", () => {
  const room = aliveRoom("n1");
  sendClock(room, "n1", { offset: 0.7, bound: 0.001, delay: 0.002, drift: [20, 5] });
  const { clock, clockReachable } = room.state("n1");
  assert.deepEqual(
    [clock, clockReachable],
    [
      {
        offsetMs: 700,
        boundMs: 1,
        delayMs: 2,
        driftPpm: 20,
        driftBoundPpm: 5,
        ageMs: 0,
        warning: "fire",
        critical: "fire",
        wrong: false,
      },
      true,
    ],
  );
});

test("its bound and its age grow until the next one", () => {
  const room = aliveRoom("n1");
  sendClock(room, "n1", { offset: 0, bound: 0.001 });
  room.pass(20_000);
  const { boundMs, ageMs } = room.state("n1").clock!;
  assert.deepEqual([boundMs, ageMs], [1 + 20, 20_000]);
  sendClock(room, "n1", { offset: 0.002, bound: 0.003 });
  assert.deepEqual([room.state("n1").clock!.offsetMs, room.state("n1").clock!.boundMs], [2, 3]);
});

test("a node that can't reach the aggregator's clock says so, and keeps its offset for ten minutes", () => {
  const room = aliveRoom("n1");
  sendClock(room, "n1", { offset: 0.1, bound: 0.001 });
  room.pass(10_000);
  sendClock(room, "n1", {});
  assert.equal(room.state("n1").clockReachable, false);
  assert.equal(room.state("n1").clock!.offsetMs, 100);
  room.pass(600_000);
  assert.equal(room.state("n1").clock, undefined);
  assert.deepEqual(room.snapshot().clocks.pairs, []);
});

test("an offset without the bound of the same measurement is not used", () => {
  const room = aliveRoom("n1");
  sendClock(room, "n1", { offset: 0.1 });
  assert.equal(room.state("n1").clock, undefined);
  sendClock(room, "n1", { bound: 0.001 }, START_MS / 1000 + 50);
  sendClock(room, "n1", { offset: 0.1 }, START_MS / 1000 + 60);
  assert.equal(room.state("n1").clock, undefined);
  sendClock(room, "n1", { offset: 0.1, bound: -1 });
  assert.equal(room.state("n1").clock, undefined);
});

test("a measurement out of a queue does not replace a newer one, and is as old as it waited", () => {
  const room = aliveRoom("n1");
  sendClock(room, "n1", { offset: 0.005, bound: 0.001 });
  sendClock(room, "n1", { offset: 9, bound: 0.001 }, START_MS / 1000 + 20);
  assert.equal(room.state("n1").clock!.offsetMs, 5);
  const other = aliveRoom("n1");
  sendClock(other, "n1", { offset: 9, bound: 0.001 }, START_MS / 1000 + 20);
  assert.deepEqual([other.state("n1").clock!.ageMs, other.state("n1").clock!.boundMs], [40_000, 41]);
});

test("who is wrong among three nodes and the aggregator", () => {
  const room = aliveRoom("n1", "n2", "n3");
  for (const [node, offset] of [
    ["n1", 0],
    ["n2", 1.2],
    ["n3", 0.0004],
  ] as const) {
    sendClock(room, node, { offset, bound: 0.001 });
  }
  const { nodes, clocks } = room.snapshot();
  assert.deepEqual(
    nodes.map(({ node, clock }) => [node, clock!.wrong]),
    [
      ["n1", false],
      ["n2", true],
      ["n3", false],
    ],
  );
  assert.deepEqual(
    [clocks.wrongNodes, clocks.aggregatorWrong, clocks.majority!.clocks, clocks.majority!.of],
    [["n2"], false, 3, 4],
  );
  assert.deepEqual([clocks.worst!.a, clocks.worst!.b], ["n2", "n1"]);
  assert.equal(clocks.pairs.length, 3);
});

test("the aggregator itself can be the one that is wrong", () => {
  const room = aliveRoom("n1", "n2", "n3");
  for (const node of ["n1", "n2", "n3"]) sendClock(room, node, { offset: -2, bound: 0.001 });
  const { clocks } = room.snapshot();
  assert.deepEqual([clocks.wrongNodes, clocks.aggregatorWrong], [[], true]);
});

test("clusters are apart: each has its nodes, its silence and its clocks", () => {
  const room = aliveRoom("n1");
  const beat = (cluster: string): void => {
    room.send(`connect.${cluster}.n1.sidecar.started_seconds`, 1);
    room.send(`connect.${cluster}.n1.sidecar.heartbeat`, 1);
  };
  beat("b-test");
  beat("a-test");
  room.pass(50_000);
  assert.deepEqual(
    room.clusters.snapshot(room.now()).map(({ cluster, nodes }) => [cluster, nodes.length]),
    [
      ["a-test", 1],
      ["b-test", 1],
      ["prod", 1],
    ],
  );
  assert.equal(room.snapshot("prod").nodes[0]!.state, "alive");
  assert.equal(room.snapshot("a-test").nodes[0]!.state, "late");
});

test("nodes are in the order of their names", () => {
  const room = aliveRoom("n10", "n2", "a", "B");
  assert.deepEqual(
    room.snapshot().nodes.map(({ node }) => node),
    ["B", "a", "n10", "n2"],
  );
});

test("a clock, or a goodbye, of a node that never beat makes no node", () => {
  const room = createRoom();
  sendClock(room, "ghost", { offset: 1, bound: 0.1 });
  room.send("connect.prod.ghost.sidecar.goodbye", 1);
  assert.deepEqual(room.clusters.snapshot(room.now()), []);
});

test("names made to hurt are names like others", () => {
  const hostile = [
    "__proto__",
    "constructor",
    "<script>alert(1)</script>",
    "$(reboot)",
    "a\nb",
    "toString",
    "é",
    "n".repeat(4_000),
  ];
  const room = createRoom();
  for (const node of hostile) {
    for (const cluster of ["prod", "__proto__"]) {
      room.send(`connect.${cluster}.${node}.sidecar.started_seconds`, 1);
      room.send(`connect.${cluster}.${node}.sidecar.heartbeat`, 1);
      room.send(`connect.${cluster}.${node}.clock.aggregator.bound_seconds`, 0.1);
      room.send(`connect.${cluster}.${node}.clock.aggregator.offset_seconds`, 0.1);
    }
  }
  room.pass(10_000);
  assert.deepEqual(
    room.snapshot().nodes.map(({ node }) => node),
    [...hostile].sort(),
  );
  assert.equal(room.snapshot("__proto__").nodes.length, hostile.length);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

test("values made to hurt change nothing", () => {
  const room = aliveRoom("n1");
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const subject of ["heartbeat", "started_seconds", "heartbeat_interval_seconds", "goodbye"]) {
      assert.equal(room.send(`connect.prod.n1.sidecar.${subject}`, value), true);
    }
    sendClock(room, "n1", { offset: value, bound: value });
  }
  assert.deepEqual([room.state("n1").state, room.state("n1").clock], ["alive", undefined]);
});

test("nodes beyond the limit are counted and not watched; those that are go on", () => {
  const room = aliveRoom("n1");
  for (let i = 0; i < LIMITS.clusterNodes + 9; i++) room.send(`connect.c${i % 7}.x${i}.sidecar.started_seconds`, 1);
  const watched = room.clusters.snapshot(room.now()).reduce((sum, { nodes }) => sum + nodes.length, 0);
  assert.equal(watched, LIMITS.clusterNodes);
  assert.equal(room.metrics.count("lockstep_cluster_refused_total", { reason: "node_limit" }), 10);
  room.pass(20_000);
  assert.equal(room.state("n1").state, "alive");
});

test("a snapshot is plain data that goes through JSON", () => {
  const room = aliveRoom("n1", "n2");
  sendClock(room, "n1", { offset: 0.1, bound: 0.001, delay: 0.002, drift: [1, 1] });
  sendClock(room, "n2", { offset: 0.1, bound: 0.001, delay: 0.002, drift: [1, 1] });
  const snapshot = room.snapshot();
  assert.deepEqual(
    JSON.parse(JSON.stringify(snapshot, (_, value) => value ?? null)).nodes[0].clock,
    snapshot.nodes[0]!.clock,
  );
  assert.equal(snapshot.observingSinceMs, START_MS + 500);
});
