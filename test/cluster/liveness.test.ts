/** What the room says of nodes' lives, while the aggregator itself is well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRoom, START_MS } from "../support/cluster-room.ts";

/** Past the settling at the start, with n1 and two others alive, so that n1's silence is its own. */
function threeAlive() {
  const room = createRoom();
  const n1 = room.node("n1");
  room.node("n2", { phaseMs: 3_000 });
  room.node("n3", { phaseMs: 7_000 });
  room.pass(60_000);
  return { room, n1 };
}

test("a node is alive from its first beat", () => {
  const room = createRoom();
  room.node("n1");
  room.pass(10_000);
  const { state, sinceMs, lastSeenMs, intervalMs } = room.state("n1");
  assert.deepEqual([state, sinceMs - START_MS, lastSeenMs! - START_MS, intervalMs], ["alive", 10_000, 10_000, 10_000]);
});

test("a killed node is late after 1.5 and stale after 3 intervals, since the moment its first beat was missing", () => {
  const { room, n1 } = threeAlive();
  n1.running = false; // last beat at 60 s
  room.pass(14_500);
  assert.equal(room.state("n1").state, "alive");
  room.pass(500);
  assert.equal(room.state("n1").state, "late");
  room.pass(14_500);
  assert.equal(room.state("n1").state, "late");
  room.pass(500);
  const { state, sinceMs, noticedAtMs, silentMs } = room.state("n1");
  assert.equal(state, "stale");
  assert.equal(sinceMs - START_MS, 70_000);
  assert.equal(noticedAtMs - START_MS, 90_000);
  assert.equal(silentMs, 30_000);
  assert.equal(room.state("n2").state, "alive");
});

test("a beat brings a stale node back, since then", () => {
  const { room, n1 } = threeAlive();
  n1.running = false;
  room.pass(100_000);
  n1.restart();
  room.pass(10_000);
  const { state, sinceMs, restarts } = room.state("n1");
  assert.deepEqual([state, sinceMs - START_MS, restarts], ["alive", 170_000, 1]);
});

test("late and back: the state is alive again since the beat", () => {
  const { room, n1 } = threeAlive();
  n1.connected = false;
  room.pass(20_000);
  n1.connected = true;
  room.pass(10_000);
  assert.deepEqual([room.state("n1").state, room.state("n1").sinceMs - START_MS], ["alive", 90_000]);
});

test("a restart faster than a beat is missed is seen by the new start", () => {
  const { room, n1 } = threeAlive();
  n1.restart();
  room.pass(10_000);
  const { state, restarts, sinceMs } = room.state("n1");
  assert.deepEqual([state, restarts, sinceMs - START_MS], ["alive", 1, 70_000]);
});

test("a node that said goodbye is stopped, however long, and back when a new process beats", () => {
  const { room, n1 } = threeAlive();
  n1.goodbye();
  assert.deepEqual([room.state("n1").state, room.state("n1").sinceMs - START_MS], ["stopped", 60_000]);
  room.pass(3_600_000);
  assert.equal(room.state("n1").state, "stopped");
  n1.restart();
  room.pass(10_000);
  assert.equal(room.state("n1").state, "alive");
});

test("beats of the process that said goodbye, out of a queue, do not bring it back", () => {
  const { room, n1 } = threeAlive();
  n1.connected = false;
  room.pass(20_000);
  n1.goodbye();
  n1.drain();
  room.pass(10_000);
  assert.equal(room.state("n1").state, "stopped");
});

test("a goodbye of the process before, out of a queue, stops nobody", () => {
  const { room, n1 } = threeAlive();
  const { startedSeconds } = room.state("n1");
  n1.restart();
  room.pass(20_000);
  room.send("connect.prod.n1.sidecar.started_seconds", startedSeconds!);
  room.send("connect.prod.n1.sidecar.goodbye", 1);
  assert.equal(room.state("n1").state, "alive");
});

test("the queue of a node that died does not revive it, in whatever order it is drained", () => {
  for (const order of ["oldest first", "newest first"] as const) {
    const { room, n1 } = threeAlive();
    n1.connected = false; // a relay holds its beats
    room.pass(120_000);
    n1.running = false;
    room.pass(60_000);
    assert.equal(room.state("n1").state, "stale");
    n1.drain(order);
    for (let s = 0; s < 60; s++) {
      room.pass(1_000);
      assert.equal(room.state("n1").state, "stale", `${order}, ${s} s later`);
    }
    assert.equal(room.state("n1").backfilledBeats, 12);
  }
});

test("a live node that was cut off is alive with its first fresh beat, whatever of its queue comes before or after", () => {
  for (const order of ["oldest first", "newest first"] as const) {
    const { room, n1 } = threeAlive();
    n1.connected = false;
    room.pass(300_000);
    n1.connected = true;
    if (order === "oldest first") n1.drain();
    room.pass(10_000);
    assert.equal(room.state("n1").state, "alive");
    if (order === "newest first") n1.drain("newest first");
    room.pass(10_000);
    assert.equal(room.state("n1").state, "alive");
    assert.equal(room.state("n1").restarts, 0);
  }
});

test("the queue of an earlier process, drained after the new one spoke, is no restart", () => {
  const { room, n1 } = threeAlive();
  n1.connected = false;
  room.pass(60_000);
  n1.restart();
  n1.connected = true;
  room.pass(10_000);
  n1.drain(); // the last of these is ten seconds older than the beat of the new process
  room.pass(20_000);
  assert.deepEqual([room.state("n1").state, room.state("n1").restarts], ["alive", 1]);
});

test("a node that was cut off, and whose clock was set back meanwhile, is alive with its first fresh beat", () => {
  const { room, n1 } = threeAlive();
  n1.connected = false;
  room.pass(50_000);
  n1.clockMs -= 3_600_000;
  room.pass(46_000);
  n1.drain();
  n1.connected = true;
  room.pass(4_000);
  assert.equal(room.state("n1").state, "alive");
});

test("a batch that is sent again after a broken connection changes nothing", () => {
  const { room, n1 } = threeAlive();
  n1.running = false;
  const { startedSeconds, lastSeenMs } = room.state("n1");
  for (let s = 0; s < 25; s++) {
    room.pass(1_000);
    room.send("connect.prod.n1.sidecar.started_seconds", startedSeconds!, START_MS / 1000 + 60);
    room.send("connect.prod.n1.sidecar.heartbeat", 6, START_MS / 1000 + 60);
  }
  assert.deepEqual([room.state("n1").state, room.state("n1").lastSeenMs], ["late", lastSeenMs]);
});

test("a node whose clock is wrong from the start is alive at its second beat", () => {
  for (const clockMs of [-3_600_000, 3_600_000, -86_400_000 * 365]) {
    const room = createRoom();
    room.node("n1", { clockMs });
    room.pass(20_000);
    assert.equal(room.state("n1").state, "alive", `${clockMs} ms`);
  }
});

test("a node whose clock is set is never stale for it", () => {
  for (const stepMs of [3_600_000, -3_600_000, 20_000, -20_000]) {
    const { room, n1 } = threeAlive();
    n1.clockMs += stepMs;
    for (let s = 0; s < 60; s++) {
      room.pass(1_000);
      assert.equal(room.state("n1").state, "alive", `${stepMs} ms, ${s} s later`);
    }
  }
});

test("a clock that jumps about at every beat does not make its node stale", () => {
  const { room, n1 } = threeAlive();
  for (const stepMs of [-600_000, 50_000, -90_000, -200_000, -300_000, 1_000_000, -40_000]) {
    n1.clockMs += stepMs;
    room.pass(10_000);
    assert.equal(room.state("n1").state, "alive");
  }
});

test("a sidecar that was stopped and goes on is stale meanwhile, and alive at its first beat", () => {
  const { room, n1 } = threeAlive();
  n1.running = false; // SIGSTOP: its sequence stands still, its clock does not
  room.pass(120_000);
  assert.equal(room.state("n1").state, "stale");
  n1.running = true;
  room.pass(10_000);
  assert.deepEqual([room.state("n1").state, room.state("n1").restarts], ["alive", 0]);
});

test("a node is judged by the interval that it told", () => {
  const room = createRoom();
  const slow = room.node("slow", { intervalMs: 60_000 });
  room.node("n2");
  room.node("n3");
  room.pass(120_000);
  slow.running = false;
  room.pass(80_000);
  assert.equal(room.state("slow").state, "alive");
  room.pass(20_000);
  assert.equal(room.state("slow").state, "late");
  room.pass(80_000);
  assert.equal(room.state("slow").state, "stale");
});

test("an interval that can't be meant is not taken", () => {
  const { room } = threeAlive();
  const told = (seconds: number): number => {
    room.send("connect.prod.n1.sidecar.heartbeat_interval_seconds", seconds);
    return room.state("n1").intervalMs;
  };
  assert.deepEqual([-1, 0, Number.NaN, Number.POSITIVE_INFINITY].map(told), Array(4).fill(10_000));
  assert.deepEqual([1e-9, 1e300, 20].map(told), [1_000, 3_600_000, 20_000]);
});

test("a beat whose process is not known yet waits for the next, which tells", () => {
  const room = createRoom();
  room.send("connect.prod.n1.sidecar.heartbeat", 17);
  assert.equal(room.state("n1").state, "unknown");
  room.node("n1");
  room.pass(10_000);
  assert.deepEqual([room.state("n1").state, room.state("n1").restarts], ["alive", 0]);
});

test("a node that is silent for a long time is forgotten", () => {
  const room = createRoom({ forgetNode: "1h" });
  const n1 = room.node("n1");
  room.node("n2");
  room.node("n3");
  room.pass(60_000);
  n1.running = false;
  room.pass(3_590_000);
  assert.equal(room.state("n1").state, "stale");
  room.pass(20_000);
  assert.equal(room.state("n1"), undefined);
  assert.equal(room.state("n2").state, "alive");
});
