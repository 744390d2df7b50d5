import assert from "node:assert/strict";
import { test } from "node:test";
import { clock } from "#src/collectors/clock.ts";
import { type Collector, type CollectorContext, type Measurement, nodeNames } from "#src/collectors/collector.ts";
import { createClusterClock } from "#src/core/cluster-clock.ts";
import { LockstepError } from "#src/core/errors.ts";
import { silentLog } from "#src/core/log.ts";
import { decodeNtp, encodeNtp, type NtpPacket, ntpReferenceId, toNtp } from "#src/core/ntp.ts";
import { openSntp, sntpOptions } from "#src/receivers/sntp.ts";
import { countingMetrics } from "../support/counting-metrics.ts";
import {
  createVirtualNetwork,
  type Machine,
  type MachineOptions,
  type VirtualNetwork,
} from "../support/virtual-udp.ts";

const AGGREGATOR = "10.0.0.1:10123";

interface Rig {
  readonly network: VirtualNetwork;
  readonly aggregator: Machine;
  readonly node: Machine;
  readonly context: CollectorContext;
  readonly collector: Collector;
  /** Collects now; the values by subject, and the error if it failed. */
  collect(): Promise<Collected>;
  /** Collects at every tenth second of that time; the last result. */
  collectFor(ms: number): Promise<Collected>;
  count(reference: string, reason: string): number;
}

interface Collected {
  readonly values: Readonly<Record<string, number>>;
  readonly measurements: readonly Measurement[];
  readonly error: unknown;
}

async function createRig(settings: Record<string, unknown>, machine: Partial<MachineOptions> = {}): Promise<Rig> {
  const network = createVirtualNetwork(42, undefined);
  const { random } = network;
  network.setWay("10.0.0.2", "10.0.0.1", () => 0.05 + random() ** 4);
  network.setWay("10.0.0.1", "10.0.0.2", () => 0.05 + random() ** 4);
  const aggregator = network.machine({ address: "10.0.0.1", readErrorMs: 0.001 });
  const node = network.machine({ address: "10.0.0.2", readErrorMs: 0.001, ...machine });
  const listen = sntpOptions.parse({ listen: AGGREGATOR });
  await network.until(openSntp({ world: aggregator.world, log: silentLog, metrics: countingMetrics(), ...listen }));
  const metrics = countingMetrics();
  const clusterClock = createClusterClock(node.world.clock);
  const context = { world: node.world, log: silentLog, metrics, names: nodeNames("prod", "n1"), clusterClock };
  const collector = clock.create(context, clock.options.parse(settings));

  async function collect(): Promise<Collected> {
    const measurements: Measurement[] = [];
    const deadline = new AbortController();
    const timer = node.world.timers.after(5_000, () => deadline.abort());
    const error = await network.until(
      collector
        .collect((measurement) => measurements.push(measurement), deadline.signal)
        .catch((thrown: unknown) => thrown),
    );
    timer.cancel();
    const values = Object.fromEntries(
      measurements.map(({ name, value }) => [name.replace("connect.prod.n1.clock.", ""), value]),
    );
    return { values, measurements, error };
  }

  async function collectFor(ms: number): Promise<Collected> {
    let last: Collected | undefined;
    for (let i = 0; i < ms / 10_000; i++) {
      await network.run(10_000 - (network.nowMs() % 10_000));
      last = await collect();
    }
    return last!;
  }

  const count = (reference: string, reason: string): number =>
    metrics.count("lockstep_clock_refused_total", { reference, reason });
  return { network, aggregator, node, context, collector, collect, collectFor, count };
}

test("the offset is node minus aggregator, in seconds, with its bound and delay", async () => {
  for (const offsetMs of [2_000, -750, 0]) {
    const { collect } = await createRig({ aggregator: AGGREGATOR }, { offsetMs });
    const { values, error } = await collect();
    assert.equal(error, undefined);
    assert.equal(values["aggregator.reachable"], 1);
    assert.ok(Math.abs(values["aggregator.offset_seconds"]! - offsetMs / 1000) <= values["aggregator.bound_seconds"]!);
    assert.ok(values["aggregator.bound_seconds"]! < 0.001);
    assert.ok(values["aggregator.delay_seconds"]! >= 0.0001);
    assert.ok(values["aggregator.root_distance_seconds"]! < 0.001);
  }
});

test("everything of one burst carries one time stamp, by the node's own clock", async () => {
  const { collect, node } = await createRig({ aggregator: AGGREGATOR }, { offsetMs: 86_400_000 });
  const { measurements } = await collect();
  const stamps = measurements.filter(({ name }) => name.includes(".aggregator.")).map(({ wallMs }) => wallMs);
  assert.equal(new Set(stamps).size, 1);
  assert.ok(Math.abs(stamps[0]! - node.wallMs()) < 10);
});

for (const ppm of [900, 500, 80, 0, -20, -500]) {
  test(`a clock that gains ${ppm} ppm is found to do so within 2 ppm after five minutes, and within the bound`, async () => {
    const { collectFor } = await createRig({ aggregator: AGGREGATOR }, { ratePpm: ppm });
    const { values } = await collectFor(300_000);
    const { "aggregator.drift_ppm": drift, "aggregator.drift_bound_ppm": bound } = values;
    const ofOwnTime = ppm / (1 + ppm / 1e6);
    assert.ok(Math.abs(drift! - ofOwnTime) <= 2, String(drift));
    assert.ok(Math.abs(drift! - ofOwnTime) <= bound!, `${drift} ± ${bound}`);
  });
}

test("no drift is told before there are twenty points, nor after a step until there are twenty again", async () => {
  const { collectFor, node } = await createRig({ aggregator: AGGREGATOR }, { ratePpm: 50 });
  assert.equal("aggregator.drift_ppm" in (await collectFor(190_000)).values, false);
  assert.equal("aggregator.drift_ppm" in (await collectFor(10_000)).values, true);
  node.stepWall(3_000);
  assert.equal("aggregator.drift_ppm" in (await collectFor(190_000)).values, false);
  assert.equal("aggregator.drift_ppm" in (await collectFor(10_000)).values, true);
});

test("the drift starts anew after a step that the bounds of a slow way would hide", async () => {
  const { collectFor, node, network } = await createRig({ aggregator: AGGREGATOR });
  network.setWay("10.0.0.2", "10.0.0.1", () => 300);
  await collectFor(300_000);
  node.stepWall(150);
  const { values } = await collectFor(10_000);
  assert.ok(values["aggregator.bound_seconds"]! > 0.15);
  assert.equal("aggregator.drift_ppm" in values, false);
});

test("the drift starts anew when the aggregator's clock is set", async () => {
  const { collectFor, aggregator } = await createRig({ aggregator: AGGREGATOR }, { ratePpm: 50 });
  await collectFor(300_000);
  aggregator.stepWall(60);
  const { values } = await collectFor(10_000);
  assert.equal("aggregator.drift_ppm" in values, false);
});

test("a step is told with its size, where it happened, and is counted", async () => {
  const { collect, network, node } = await createRig({ aggregator: AGGREGATOR });
  await collect();
  await network.run(4_000);
  node.stepWall(5_000);
  const steppedAtMs = node.wallMs();
  await network.run(6_000);
  const { values, measurements } = await collect();
  const { step_seconds, steps_total, stalls_total } = values;
  assert.ok(Math.abs(step_seconds! - 5) <= 0.01, String(step_seconds));
  assert.deepEqual([steps_total, stalls_total], [1, 0]);
  const { wallMs } = measurements.find(({ name }) => name.endsWith("clock.step_seconds"))!;
  assert.ok(Math.abs(wallMs! - steppedAtMs) <= 502, `${wallMs! - steppedAtMs} ms after the step`);
  assert.equal("step_seconds" in (await collect()).values, false, "a step is told once");
});

test("steps back and forth between two collections are all told", async () => {
  const { collect, network, node } = await createRig({});
  for (const stepMs of [5_000, -6_000, 1_000]) {
    node.stepWall(stepMs);
    await network.run(1_000);
  }
  const { measurements } = await collect();
  const steps = measurements.filter(({ name }) => name.endsWith("step_seconds")).map(({ value }) => Math.round(value));
  assert.deepEqual(steps, [5, -6, 1]);
});

test("a process that is stopped between its looks at the two clocks takes that for no step", async () => {
  const { collect, network, node } = await createRig({});
  await network.run(1_000);
  const { monotonicMs, wallMs } = node.world.clock;
  let stoppedMs = 0;
  let looks = 0;
  Object.assign(node.world.clock, {
    monotonicMs: () => monotonicMs() + stoppedMs,
    wallMs: () => {
      if (++looks === 1) stoppedMs += 300;
      return wallMs() + stoppedMs;
    },
  });
  await network.run(5_000);
  const { steps_total } = (await collect()).values;
  assert.equal(steps_total, 0);
});

test("a stalled process is not a stepped clock", async () => {
  const { collect, network, node, context } = await createRig({});
  await network.run(1_000);
  stall(node, 3_400);
  await network.run(5_000);
  const { values } = await collect();
  assert.deepEqual(values, { steps_total: 0, stalls_total: 1 });
  assert.equal(context.clusterClock!.offsetNow(), undefined);
});

/** Makes the machine's next looks at its clocks come so much later than its timers were set for. */
function stall(machine: Machine, ms: number): void {
  const { wallMs, monotonicMs } = machine.world.clock;
  Object.assign(machine.world.clock, { wallMs: () => wallMs() + ms, monotonicMs: () => monotonicMs() + ms });
}

test("clocks slewed by 5 % or set by less than 100 ms are not stepped", async () => {
  const { collect, network, node } = await createRig({}, { wallRatePpm: 50_000 });
  await network.run(10_000);
  node.stepWall(60);
  await network.run(1_000);
  const { steps_total } = (await collect()).values;
  assert.equal(steps_total, 0);
});

test("cluster time is the node's own until measured, and the aggregator's afterwards", async () => {
  const { collect, node, aggregator, context } = await createRig({ aggregator: AGGREGATOR }, { offsetMs: 7_000 });
  const { clusterClock } = context;
  assert.equal(clusterClock!.toClusterMs(node.wallMs()), node.wallMs());
  await collect();
  assertNear(clusterClock!.toClusterMs(node.wallMs()), aggregator.wallMs(), 0.5);
});

test("cluster time goes on when the node's clock is set, and is not moved twice by the next burst", async () => {
  const { collect, node, aggregator, context, network } = await createRig({ aggregator: AGGREGATOR });
  await collect();
  node.stepWall(-5_000);
  await network.run(600);
  assertNear(context.clusterClock!.toClusterMs(node.wallMs()), aggregator.wallMs(), 2.5);
  node.stepWall(9_000);
  await collect(); // measures before the next look at the clocks is due
  assertNear(context.clusterClock!.toClusterMs(node.wallMs()), aggregator.wallMs(), 0.5);
  await network.run(2_000);
  assertNear(context.clusterClock!.toClusterMs(node.wallMs()), aggregator.wallMs(), 0.5);
});

test("while the aggregator is away, cluster time follows the drift, and its bound holds", async () => {
  const { collectFor, network, node, aggregator, context } = await createRig(
    { aggregator: AGGREGATOR },
    { ratePpm: 200, offsetMs: 40 },
  );
  await collectFor(600_000);
  network.setWay("10.0.0.2", "10.0.0.1", () => undefined);
  await collectFor(500_000);
  const { offsetMs, boundMs } = context.clusterClock!.offsetNow()!;
  const truth = node.wallMs() - aggregator.wallMs();
  assertNear(offsetMs, truth, 1);
  assert.ok(Math.abs(offsetMs - truth) <= boundMs);
});

test("without an answer: reachable is 0, nothing else is said, and the collection fails by name", async () => {
  const { collect, network, count } = await createRig({ aggregator: AGGREGATOR });
  network.setWay("10.0.0.2", "10.0.0.1", () => undefined);
  const { values, error } = await collect();
  assert.deepEqual(values, { steps_total: 0, stalls_total: 0, "aggregator.reachable": 0 });
  assert.ok(error instanceof LockstepError && error.code === "CLOCK_NO_REFERENCE", String(error));
  assert.match(error.message, /aggregator \(10\.0\.0\.1:10123\): timeout/);
  assert.equal(count("aggregator", "timeout"), 3);
});

// ---- other NTP servers ------------------------------------------------------------------------------------------

const NTP = { host: "10.0.0.3", port: 123 };
const REFERENCES = [{ name: "ntp", address: "10.0.0.3:123" }];

/** An NTP server at 10.0.0.3; its answers are changed by `lie`. */
async function openNtp({ network }: Rig, lie: (answer: NtpPacket) => Partial<NtpPacket>): Promise<{ asked: number }> {
  const server = network.machine({ address: NTP.host, offsetMs: -100 });
  const seen = { asked: 0 };
  const socket = await server.world.net.bindUdp({
    ...NTP,
    onMessage(bytes, from) {
      seen.asked++;
      const question = decodeNtp(bytes);
      const now = toNtp(server.wallMs());
      const answer = { ...question, mode: 4, stratum: 2, precision: -20, origin: question.transmit, receive: now };
      socket.send(encodeNtp({ ...answer, transmit: now, ...lie(answer) }), from);
    },
    onError: (error) => assert.fail(error),
  });
  return seen;
}

test("another server is measured beside the aggregator, at its own interval", async () => {
  const rig = await createRig({ aggregator: AGGREGATOR, references: REFERENCES });
  const server = await openNtp(rig, () => ({}));
  const { values } = await rig.collect();
  assert.ok(Math.abs(values["ntp.offset_seconds"]! - 0.1) < 0.001, String(values["ntp.offset_seconds"]));
  assert.ok(Math.abs(values["aggregator.offset_seconds"]!) < 0.001);
  assert.equal(server.asked, 8);
  const after = await rig.collectFor(50_000);
  assert.equal(server.asked, 8, "its minute is not over");
  assert.equal("ntp.reachable" in after.values, false);
  await rig.collectFor(10_000);
  assert.equal(server.asked, 16);
});

test("only the aggregator moves cluster time", async () => {
  const rig = await createRig({ references: REFERENCES });
  await openNtp(rig, () => ({}));
  assert.equal((await rig.collect()).values["ntp.reachable"], 1);
  assert.equal(rig.context.clusterClock!.offsetNow(), undefined);
});

test("one reference away does not fail the collection while another answers", async () => {
  const rig = await createRig({ aggregator: AGGREGATOR, references: REFERENCES });
  const { values, error } = await rig.collect();
  assert.equal(error, undefined);
  assert.deepEqual([values["ntp.reachable"], values["aggregator.reachable"]], [0, 1]);
});

test("a server that says RATE is asked half as much each time", async () => {
  const rig = await createRig({ references: REFERENCES });
  const server = await openNtp(rig, () => ({ stratum: 0, leap: 3, referenceId: ntpReferenceId("RATE") }));
  await rig.collect();
  const askedIn = async (ms: number): Promise<number> => {
    const before = server.asked;
    await rig.collectFor(ms);
    return server.asked - before;
  };
  assert.equal(server.asked, 1, "it was not asked on after it refused");
  assert.equal(await askedIn(110_000), 0);
  assert.equal(await askedIn(20_000), 1);
  assert.equal(await askedIn(220_000), 0);
});

test("a server that takes two questions at once gets a shorter burst after it said RATE", async () => {
  const rig = await createRig({ references: REFERENCES });
  let inBurst = 0;
  const rate = { stratum: 0, leap: 3, referenceId: ntpReferenceId("RATE") };
  await openNtp(rig, () => (++inBurst > 2 ? rate : {}));
  const bursts: number[] = [];
  for (let i = 0; i < 12; i++) {
    inBurst = 0;
    const { values } = await rig.collect();
    if ("ntp.reachable" in values) bursts.push(inBurst);
    await rig.network.run(60_000);
  }
  assert.deepEqual(bursts.slice(0, 3), [3, 3, 2]);
});

test("a server that says DENY is not asked again for a day", async () => {
  const rig = await createRig({ references: REFERENCES });
  const server = await openNtp(rig, () => ({ stratum: 0, leap: 3, referenceId: ntpReferenceId("DENY") }));
  await rig.collect();
  await rig.collectFor(3_600_000);
  assert.equal(server.asked, 1);
  await rig.network.run(86_400_000);
  await rig.collect();
  assert.equal(server.asked, 2);
});

test("after close no timer is left", async () => {
  const { collector, network } = await createRig({});
  await collector.close!();
  await assert.rejects(network.until(new Promise(() => undefined)), /nothing will ever happen/);
});

const WRONG: readonly (readonly [string, unknown])[] = [
  ["a name that is no node of a series name", [{ name: "a.b", address: "h:123" }]],
  ["the aggregator's name", [{ name: "aggregator", address: "h:123" }]],
  ["a name given twice", [REFERENCES[0], REFERENCES[0]]],
  ["no port", [{ name: "a", address: "ntp.example.org" }]],
  ["too many", Array.from({ length: 17 }, (_, i) => ({ name: `n${i}`, address: "h:123" }))],
];
for (const [name, references] of WRONG) {
  test(`references are refused: ${name}`, () => {
    assert.equal(clock.options.safeParse({ references }).success, false);
  });
}

function assertNear(got: number, want: number, within: number): void {
  assert.ok(Math.abs(got - want) <= within, `${got} is not ${want} ± ${within}`);
}
