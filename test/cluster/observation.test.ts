/** Nothing is said of nodes for time in which the aggregator could not see them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type KnownNode, knownNodes } from "#src/cluster/cluster.ts";
import { LIMITS } from "#src/core/limits.ts";
import { createRoom, type Room, START_MS, type TestNode } from "../support/cluster-room.ts";
import { mulberry32, propertySeed } from "../support/virtual-udp.ts";

function threeAlive(settings: Record<string, unknown> = {}) {
  const room = createRoom(settings);
  const nodes = [0, 3_000, 7_000].map((phaseMs, i) => room.node(`n${i + 1}`, { phaseMs }));
  room.pass(120_000);
  return { room, nodes };
}

function states(room: Room): string[] {
  return room.snapshot().nodes.map(({ state }) => state);
}

/** Lets time pass and fails if any node is ever called anything but alive. */
function passAllAlive(room: Room, ms: number): void {
  for (let s = 0; s < ms / 1_000; s++) {
    room.pass(1_000);
    assert.deepEqual(states(room), ["alive", "alive", "alive"], `${s} s later`);
  }
}

function bands(room: Room): (string | number | undefined)[][] {
  return room
    .snapshot()
    .blindBands.map(({ fromMs, toMs, reason }) => [
      reason,
      (fromMs - START_MS) / 1000,
      toMs === undefined ? undefined : (toMs - START_MS) / 1000,
    ]);
}

test("an aggregator that was stopped for a minute calls nobody silent, and shows the minute", () => {
  const { room } = threeAlive();
  room.stall(60_000);
  assert.deepEqual(bands(room), [["stalled", 120, 180]]);
  passAllAlive(room, 60_000);
});

test("after a stop, nodes that have to come back first get the time to", () => {
  const { room, nodes } = threeAlive();
  for (const node of nodes) node.connected = false; // their connections died with the stop
  room.stall(60_000);
  assert.equal(room.snapshot().blind, "settling");
  passAllAlive(room, 25_000);
  for (const node of nodes) node.connected = true;
  passAllAlive(room, 60_000);
  assert.equal(room.snapshot().blind, undefined);
});

test("a node that died while the aggregator was stopped is found stale once it could have come back", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.running = false; // last beat at 120 s
  room.stall(60_000);
  room.pass(30_000 + 29_500);
  assert.equal(room.state("n1").state, "late");
  room.pass(1_000);
  const { state, sinceMs } = room.state("n1");
  assert.deepEqual([state, sinceMs - START_MS], ["stale", 130_000]);
});

test("a short stall settles as long as it was, so that an aggregator that struggles still finds the dead", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.running = false;
  for (let i = 0; i < 12; i++) {
    room.stall(2_500);
    room.pass(7_500);
  }
  assert.equal(room.state("n1").state, "stale");
  assert.deepEqual([room.state("n2").state, room.state("n3").state], ["alive", "alive"]);
});

test("a short stall while it settles does not cut the settling short", () => {
  const { room, nodes } = threeAlive();
  for (const node of nodes) node.connected = false;
  room.stall(60_000);
  room.pass(2_000);
  room.stall(2_500);
  passAllAlive(room, 25_000);
});

test("an aggregator whose clock is set calls nobody silent, forward or back", () => {
  for (const stepMs of [3_600_000, -3_600_000]) {
    const { room } = threeAlive();
    room.setClock(stepMs);
    passAllAlive(room, 120_000);
    assert.deepEqual(
      bands(room).map(([reason]) => reason),
      ["clock_set"],
    );
  }
});

test("a clock set backwards leaves a band without length, not one that ends before it begins", () => {
  const { room } = threeAlive();
  room.setClock(-3_600_000);
  room.pass(1_000);
  const [band] = room.snapshot().blindBands;
  assert.equal(band!.fromMs, band!.toMs);
});

test("a listener that is down for five minutes calls nobody silent, and shows the five minutes", () => {
  const { room, nodes } = threeAlive();
  for (const node of nodes) node.connected = false;
  room.clusters.listening(false, room.now());
  assert.equal(room.snapshot().blind, "listener_down");
  passAllAlive(room, 300_000);
  room.clusters.listening(true, room.now());
  passAllAlive(room, 20_000);
  for (const node of nodes) {
    node.connected = true;
    node.drain();
  }
  passAllAlive(room, 60_000);
  assert.deepEqual(bands(room), [["listener_down", 120, 420]]);
});

test("a cluster that is first heard while the listener was said to be down is not observed before it is up", () => {
  const room = createRoom();
  room.clusters.listening(false, room.now());
  room.node("n1");
  room.pass(20_000);
  assert.equal(room.snapshot().blind, "listener_down");
});

// ---- most nodes silent at once ----------------------------------------------------------------------------------

test("two of three nodes silent at once are one condition, not two dead nodes", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.connected = nodes[1]!.connected = false;
  for (let s = 0; s < 120; s++) {
    room.pass(1_000);
    assert.ok(!states(room).includes("stale"), `${s} s later`);
  }
  assert.deepEqual(room.snapshot().silentTogether, ["n1", "n2"]);
  assert.equal(room.snapshot().blind, "most_nodes_silent");
});

test("when they come back, it ends, and its band says from when to when", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.connected = nodes[1]!.connected = false; // last beats at 120 s and 113 s
  room.pass(60_000);
  nodes[0]!.connected = nodes[1]!.connected = true;
  room.pass(60_000);
  assert.deepEqual(room.snapshot().silentTogether, []);
  assert.deepEqual(bands(room), [["most_nodes_silent", 123, 183]]);
  passAllAlive(room, 60_000);
});

test("after two minutes the silent nodes are called stale, and it stays one condition", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.running = nodes[1]!.running = false;
  room.pass(180_000);
  assert.deepEqual(states(room), ["stale", "stale", "alive"]);
  assert.deepEqual(room.snapshot().silentTogether, ["n1", "n2"]);
  nodes[0]!.restart();
  room.pass(20_000);
  assert.deepEqual(room.snapshot().silentTogether, []);
  assert.deepEqual(states(room), ["alive", "stale", "alive"]);
});

test("one of two nodes is one node, and one of three too", () => {
  for (const count of [2, 3]) {
    const room = createRoom();
    const nodes = Array.from({ length: count }, (_, i) => room.node(`n${i}`, { phaseMs: 1_000 * i }));
    room.pass(120_000);
    nodes[0]!.running = false;
    room.pass(31_000);
    assert.equal(room.state("n0").state, "stale");
    assert.deepEqual(room.snapshot().silentTogether, []);
  }
});

test("nodes that die one after the other are each called stale", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.running = false;
  room.pass(60_000);
  nodes[1]!.running = false;
  room.pass(60_000);
  assert.deepEqual(states(room), ["stale", "stale", "alive"]);
  assert.deepEqual(room.snapshot().silentTogether, []);
});

test("two nodes that die more than an interval apart are two", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.running = false; // last beat at 120 s
  room.pass(13_000);
  nodes[1]!.running = false; // last beat at 133 s
  room.pass(17_500);
  assert.deepEqual(states(room), ["stale", "late", "alive"]);
  assert.deepEqual(room.snapshot().silentTogether, []);
});

test("nodes that said goodbye do not count as silent, nor as half of those to be heard", () => {
  const { room, nodes } = threeAlive();
  nodes[0]!.goodbye();
  nodes[1]!.goodbye();
  room.pass(60_000);
  assert.deepEqual(room.snapshot().silentTogether, []);
  nodes[2]!.running = false;
  room.pass(60_000);
  assert.deepEqual(states(room), ["stopped", "stopped", "stale"]);
});

// ---- a restart of the aggregator --------------------------------------------------------------------------------

function seenBefore(lastSeenSecondsAgo: number): KnownNode[] {
  return ["n1", "n2", "n3"].map((node) => ({
    cluster: "prod",
    node,
    lastSeenMs: START_MS - lastSeenSecondsAgo * 1000,
    intervalMs: 10_000,
    stopped: false,
  }));
}

function withNodes(room: Room): TestNode[] {
  return ["n1", "n2", "n3"].map((name, i) => room.node(name, { phaseMs: i * 3_000 }));
}

test("after ten minutes of absence nobody is called silent who comes back within the time to settle", () => {
  const room = createRoom({}, seenBefore(600));
  assert.deepEqual(states(room), ["unknown", "unknown", "unknown"]);
  const nodes = withNodes(room);
  for (const node of nodes) node.connected = false;
  room.pass(25_000);
  assert.deepEqual(states(room), ["unknown", "unknown", "unknown"]);
  for (const node of nodes) {
    node.connected = true;
    node.drain();
  }
  room.pass(10_000);
  passAllAlive(room, 120_000);
});

test("the time in which the aggregator did not run is a band", () => {
  const room = createRoom({}, seenBefore(600), START_MS - 580_000);
  assert.deepEqual(bands(room), [["not_running", -580, 0]]);
  const set = createRoom({}, seenBefore(600), START_MS + 580_000); // the clock was set back meanwhile
  assert.deepEqual(bands(set), []);
});

test("a node that does not come back is stale after three intervals of observation, since it was last seen", () => {
  const room = createRoom({}, seenBefore(600));
  const [n1] = withNodes(room);
  n1!.running = false;
  room.pass(30_000 + 29_500);
  assert.equal(room.state("n1").state, "unknown");
  room.pass(1_000);
  const { state, sinceMs, noticedAtMs } = room.state("n1");
  assert.deepEqual([state, (sinceMs - START_MS) / 1000], ["stale", -590]);
  assert.ok(noticedAtMs - START_MS >= 60_000);
});

test("when none comes back, that is one condition", () => {
  const room = createRoom({}, seenBefore(600));
  room.pass(90_000);
  assert.deepEqual(states(room), ["unknown", "unknown", "unknown"]);
  assert.deepEqual(room.snapshot().silentTogether, ["n1", "n2", "n3"]);
});

test("what a snapshot says of nodes is enough to know them again", () => {
  const { room, nodes } = threeAlive();
  nodes[1]!.goodbye();
  room.send("connect.prod.n4.sidecar.heartbeat", 1); // has not said who it is: nothing to remember
  const again = createRoom({}, knownNodes([room.snapshot()]));
  assert.deepEqual(
    again.snapshot().nodes.map(({ node, state, lastSeenMs }) => [node, state, lastSeenMs! - START_MS]),
    [
      ["n1", "unknown", 120_000],
      ["n2", "stopped", 120_000],
      ["n3", "unknown", 117_000],
    ],
  );
});

test("a node that had said goodbye before is still stopped", () => {
  const room = createRoom({}, [{ ...seenBefore(600)[0]!, stopped: true }]);
  room.pass(3_600_000);
  assert.deepEqual(states(room), ["stopped"]);
});

test("the queue of a dead node, drained into a new aggregator, does not make it alive", () => {
  const room = createRoom({}, seenBefore(600));
  const [n1] = withNodes(room);
  n1!.connected = false;
  room.pass(200_000);
  n1!.running = false;
  room.pass(60_000);
  n1!.drain();
  room.pass(5_000);
  assert.equal(room.state("n1").state, "stale");
});

test("a cluster whose nodes are all forgotten is forgotten", () => {
  const { room, nodes } = threeAlive({ forgetNode: "10m" });
  for (const node of nodes) node.running = false;
  room.pass(1_000_000);
  assert.deepEqual(room.clusters.snapshot(room.now()), []);
});

test("only the latest bands are kept", () => {
  const { room } = threeAlive();
  for (let i = 0; i < LIMITS.blindBands + 5; i++) room.stall(3_000);
  const kept = bands(room);
  assert.equal(kept.length, LIMITS.blindBands);
  assert.equal(kept.at(-1)![2], 120 + (LIMITS.blindBands + 5) * 3);
});

// ---- everything at once -----------------------------------------------------------------------------------------

test("no node that beats is ever called stale, whatever happens to the aggregator: 60 random half hours", (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry32(seed);
  for (let run = 0; run < 60; run++) {
    const room = createRoom();
    const intervals = [5_000, 10_000, 15_000];
    const nodes = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, i) => {
      const intervalMs = intervals[Math.floor(random() * 3)]!;
      const phaseMs = 500 * Math.floor((random() * intervalMs) / 500);
      return room.node(`n${i}`, { intervalMs, phaseMs, clockMs: (random() * 2 - 1) * 10 ** (random() * 7) });
    });
    const cutOff = (): void => {
      for (const node of nodes) node.connected = false;
    };
    const comeBack = (): void => {
      for (const node of nodes) {
        room.pass(500 * Math.floor(random() * 8)); // one after the other, all within 20 s
        node.connected = true;
        node.drain(random() < 0.5 ? "oldest first" : "newest first");
      }
    };
    const events: readonly (() => void)[] = [
      () => room.pass(1_000 + random() * 60_000),
      () => room.stall(500 * Math.floor(random() * 200)),
      () => {
        cutOff();
        room.stall(30_000 + random() * 90_000);
        comeBack();
      },
      () => {
        cutOff();
        room.clusters.listening(false, room.now());
        room.pass(random() * 200_000);
        room.clusters.listening(true, room.now());
        comeBack();
      },
      () => room.setClock((random() * 2 - 1) * 10 ** (random() * 8)),
      () => {
        nodes[Math.floor(random() * nodes.length)]!.clockMs += (random() * 2 - 1) * 10 ** (random() * 8);
        room.pass(30_000);
      },
      () => {
        nodes[Math.floor(random() * nodes.length)]!.restart();
        room.pass(30_000);
      },
    ];
    for (let i = 0; i < 30; i++) {
      events[Math.floor(random() * events.length)]!();
      for (const { node, state } of room.snapshot()?.nodes ?? []) {
        assert.notEqual(state, "stale", `${node} in run ${run}, event ${i} of seed ${seed}`);
      }
    }
  }
});

test("a dead node is called stale and stays so, whatever its queue does and the aggregator suffers: 100 random deaths", (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry32(seed);
  for (let run = 0; run < 100; run++) {
    const room = createRoom();
    const clockMs = random() < 0.5 ? 0 : (random() * 2 - 1) * 10 ** (random() * 7);
    const dead = room.node("dead", { clockMs });
    for (const name of ["n1", "n2", "n3"]) room.node(name, { phaseMs: 500 * Math.floor(random() * 20) });
    room.pass(60_000 + random() * 60_000);
    dead.connected = false;
    room.pass(random() * 300_000);
    dead.running = false;
    if (random() < 0.5) room.stall(random() * 100_000);
    room.pass(70_000);
    assert.equal(room.state("dead").state, "stale", `run ${run} of seed ${seed}`);
    dead.drain(random() < 0.5 ? "oldest first" : "newest first");
    for (let s = 0; s < 30; s++) {
      assert.equal(room.state("dead").state, "stale", `run ${run} of seed ${seed}, ${s} s after its queue came`);
      room.pass(1_000);
    }
  }
});
