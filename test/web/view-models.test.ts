/** What the pages say about a cluster: sentences and lights, out of a real cluster room. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertView } from "#src/alerts/engine.ts";
import type { ClusterSnapshot } from "#src/cluster/cluster.ts";
import { clusterOptions } from "#src/cluster/options.ts";
import type { Reading } from "#src/web/readings.ts";
import { clockPanel } from "#src/web/view-models/clock.ts";
import type { Keyed } from "#src/web/view-models/keyed.ts";
import { nodeModel } from "#src/web/view-models/node.ts";
import { overviewModel } from "#src/web/view-models/overview.ts";
import { type Verdict, verdictOf } from "#src/web/view-models/verdict.ts";
import { createRoom, type Room } from "../support/cluster-room.ts";
import { type StageNode, tellClock } from "../support/web-stage.ts";

const { warning, critical } = clusterOptions.parse({});
const thresholds = { warning, critical };

/** Nodes that beat, with clocks as told, watched for a while. */
function roomWith(clocks: Readonly<Record<string, StageNode | undefined>>): Room {
  const room = createRoom();
  for (const name of Object.keys(clocks)) room.node(name);
  room.pass(60_000);
  for (const [name, clock] of Object.entries(clocks)) if (clock !== undefined) tellClock(room, name, clock);
  return room;
}

function said({ head, tail }: Verdict): string {
  return tail.before === "" ? head : `${head} — ${tail.before}${tail.ms === 0 ? "" : " …"}${tail.after}`;
}

function overview(room: Room, readings: Readonly<Record<string, Reading>> = {}, alerts: readonly AlertView[] = []) {
  return overviewModel({
    nowMs: room.now().wallMs,
    clusters: room.clusters.snapshot(room.now()),
    alerts,
    latest: new Map(Object.entries(readings)),
    histories: new Map(),
    thresholds,
    rejects: [],
    notices: [],
  });
}

function lights(room: Room, name: string, readings: Readonly<Record<string, Reading>> = {}): Record<string, string> {
  const { items } = overview(room, readings).clusters.items["prod"]!.tiles.items[name]!.lights;
  return Object.fromEntries(Object.entries(items).map(([key, { level, text }]) => [key, `${level}: ${text}`]));
}

function listOf<Item>({ order, items }: Keyed<Item>): readonly Item[] {
  return order.map((key) => items[key]!);
}

function snapshots(room: Room): readonly ClusterSnapshot[] {
  return room.clusters.snapshot(room.now());
}

// ---- the verdict

test("nothing heard: the page is empty, and says that nobody has been heard", () => {
  const model = overview(createRoom());
  assert.equal(said(model.verdict), "No node has been heard yet");
  assert.equal(model.empty, true);
});

test("all well: how well the clocks agree", () => {
  const { verdict } = overview(roomWith({ n1: {}, n2: { offsetMs: -0.3 } }));
  assert.equal(said(verdict), "All 2 nodes alive — clocks within 2 ms");
  assert.equal(verdict.level, "ok");
});

test("a silent node comes before a wrong clock", () => {
  const room = createRoom();
  const dead = room.node("n1");
  for (const name of ["n2", "n3", "n4"]) room.node(name);
  room.pass(60_000);
  dead.running = false;
  room.pass(60_000);
  tellClock(room, "n2", { offsetMs: 2003, boundMs: 0.3 });
  const { verdict } = overview(room);
  assert.equal(said(verdict), "3 of 4 nodes alive — n1 silent for …");
  assert.equal(verdict.level, "crit");
});

test("a wrong clock is told with its bound", () => {
  const { verdict } = overview(roomWith({ n1: {}, n2: {}, n3: { offsetMs: 2003.1, boundMs: 0.3 } }));
  assert.equal(said(verdict), "All 3 nodes alive — the clock of n3 is 2.003 s fast ± 0.3 ms");
});

test("a clock that can't be judged is not called wrong", () => {
  const { verdict } = overview(roomWith({ n1: { offsetMs: 60, boundMs: 100 } }));
  assert.equal(verdict.level, "ok");
  assert.equal(
    lights(roomWith({ n1: { offsetMs: 60, boundMs: 100 } }), "n1")["clock"],
    "unknown: 100 ms fast ± 100 ms",
  );
});

test("most nodes silent at once is one fault, perhaps ours", () => {
  const room = createRoom();
  const nodes = ["n1", "n2", "n3", "n4"].map((name) => room.node(name));
  room.pass(120_000);
  for (const node of nodes) node.running = false;
  room.pass(40_000);
  const [snapshot] = snapshots(room);
  assert.equal(snapshot!.blind, "most_nodes_silent");
  assert.match(said(verdictOf(snapshots(room), [])), /fell silent at once; the fault may be on this side$/);
});

test("a planned stop is no alarm", () => {
  const room = createRoom();
  const nodes = ["n1", "n2", "n3"].map((name) => room.node(name));
  room.pass(60_000);
  nodes[0]!.goodbye();
  room.pass(60_000);
  const { verdict } = overview(room);
  assert.equal(said(verdict), "2 of 3 nodes alive — n1 stopped on purpose …ago");
  assert.equal(verdict.level, "off");
});

// ---- lights

test("what no collector tells of is not watched, and not green", () => {
  const room = roomWith({ n1: undefined });
  assert.deepEqual(lights(room, "n1"), {
    sidecar: "ok: heard",
    clock: "off: not watched",
    metrics: "off: not watched",
    rrd: "off: not watched",
  });
});

test("what the collectors tell is shown", () => {
  const room = roomWith({ n1: {} });
  const atMs = room.now().wallMs;
  const root = "connect.prod.n1.";
  const seen = lights(room, "n1", {
    [`${root}scrape.prometheus.up`]: { value: 0, atMs },
    [`${root}scrape.rrd.up`]: { value: 1, atMs },
    [`${root}rrd.newest_update_age_seconds`]: { value: 400, atMs },
  });
  assert.deepEqual(seen, {
    sidecar: "ok: heard",
    clock: "ok: 0.1 ms fast ± 0.4 ms",
    metrics: "warn: failing",
    rrd: "warn: 6 m 40 s old",
  });
});

test("what a dead node said last is no news", () => {
  const room = createRoom();
  const node = room.node("n1");
  room.node("n2");
  room.node("n3");
  room.pass(60_000);
  tellClock(room, "n1", {});
  const atMs = room.now().wallMs;
  node.running = false;
  room.pass(60_000);
  const reading = { "connect.prod.n1.scrape.prometheus.up": { value: 1, atMs } };
  assert.deepEqual(lights(room, "n1", reading), {
    sidecar: "crit: stale",
    clock: "unknown: no news",
    metrics: "unknown: no news",
    rrd: "off: not watched",
  });
});

test("of a clock that was measured once, and not again, nothing is claimed but that", () => {
  const room = roomWith({ n1: {} });
  room.pass(15 * 60_000);
  assert.equal(lights(room, "n1")["clock"], "unknown: not measured");
  const [snapshot] = snapshots(room);
  const model = nodeModel({
    nowMs: room.now().wallMs,
    snapshot: snapshot!,
    node: snapshot!.nodes[0]!,
    alerts: [],
    latest: new Map(),
    futurePoints: 0,
  });
  assert.equal(model.facts.items["future"], undefined);
  assert.equal(model.clock.facts.items["why"]!.value, "Its last measurement is too old to tell.");
  room.send("connect.prod.n1.clock.aggregator.reachable", 0);
  assert.match(JSON.stringify(overview(room)), /time requests to this aggregator get no answer/);
});

// ---- lists

test("tiles: problems first, then by name as people count", () => {
  const room = createRoom();
  const nodes = new Map(["n10", "n2", "n1", "n7"].map((name) => [name, room.node(name)]));
  room.pass(60_000);
  nodes.get("n7")!.running = false;
  room.pass(60_000);
  tellClock(room, "n10", { offsetMs: 900 });
  assert.deepEqual(overview(room).clusters.items["prod"]!.tiles.order, ["n7", "n10", "n1", "n2"]);
});

test("more than a dozen nodes make small tiles", () => {
  const room = createRoom();
  for (let i = 1; i <= 13; i++) room.node(`n${i}`);
  room.pass(20_000);
  assert.equal(overview(room).clusters.items["prod"]!.density, "dense");
});

test("a node called __proto__ has its tile", () => {
  const room = createRoom();
  room.node("__proto__");
  room.node("constructor");
  room.pass(30_000);
  assert.deepEqual(
    listOf(overview(room).clusters.items["prod"]!.tiles).map(({ node }) => node),
    ["__proto__", "constructor"],
  );
});

test("alerts: firing before pending before resolved, the worst and oldest first", () => {
  const room = roomWith({ n1: {} });
  const nowMs = room.now().wallMs;
  const alert = (name: string, state: AlertView["state"], severity: string, startsAtMs: number): AlertView => ({
    fingerprint: name,
    labels: { alertname: name, severity, cluster: "prod", node: "n1" },
    annotations: { summary: "" },
    state,
    verdict: "fire",
    startsAtMs,
    heldMs: 0,
    ...(state === "resolved" ? { resolvedAtMs: nowMs } : {}),
  });
  const given = [
    alert("gone", "resolved", "critical", nowMs - 9),
    alert("maybe", "pending", "critical", nowMs - 8),
    alert("young", "firing", "critical", nowMs - 2),
    alert("mild", "firing", "warning", nowMs - 7),
    alert("old", "firing", "critical", nowMs - 5),
  ];
  const { alerts } = overview(room, {}, given);
  assert.deepEqual(alerts.rows.order, ["old", "young", "mild", "maybe", "gone"]);
  assert.equal(alerts.count, "3 firing, 1 pending, 1 resolved");
});

// ---- clocks, and what could be seen

test("the worst pair is named, with the bound of both", () => {
  const [snapshot] = snapshots(roomWith({ n1: {}, n2: {}, n3: { offsetMs: -120, boundMs: 1 } }));
  const panel = clockPanel(snapshot!, thresholds);
  assert.equal(panel.headline, "120 ms ± 2 ms");
  assert.match(panel.detail, /^n[12] is ahead of n3; warns beyond 50 ms, critical beyond 500 ms$/);
  assert.equal(panel.level, "warn");
  assert.match(panel.agreement, /^3 of 4 clocks agree, .*; wrong: n3\.$/);
});

test("one node is compared with the aggregator", () => {
  const [snapshot] = snapshots(roomWith({ n1: { offsetMs: 12, boundMs: 1 } }));
  assert.match(clockPanel(snapshot!, thresholds).detail, /^n1 is ahead of this aggregator;/);
});

test("time that was not seen is told, and not counted before the start", () => {
  const room = createRoom();
  room.node("n1");
  room.pass(60_000);
  assert.equal(overview(room).clusters.items["prod"]!.observation.summary, "without a gap since it started");
  room.stall(95_000);
  room.pass(60_000);
  const { summary, bands } = overview(room).clusters.items["prod"]!.observation;
  assert.equal(summary, "blind for 1 m 35 s since it started");
  assert.match(listOf(bands)[0]!.text, /: this aggregator was stopped, starved or asleep$/);
});

test("a node whose clock is wrong has a page that looks so, though the node is heard", () => {
  const room = roomWith({ n1: { offsetMs: 900, boundMs: 1 } });
  const [snapshot] = snapshots(room);
  const model = nodeModel({
    nowMs: room.now().wallMs,
    snapshot: snapshot!,
    node: snapshot!.nodes[0]!,
    alerts: [],
    latest: new Map(),
    futurePoints: 1234,
  });
  assert.match(model.facts.items["future"]!.value, /^1,234 came stamped ahead of our clock/);
  assert.equal(model.level, "ok");
  assert.equal(model.tone, "crit");
  assert.equal(model.trouble, "Clock: 900 ms fast ± 1 ms");
});
