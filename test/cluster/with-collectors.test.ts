/** The collectors write what the cluster room reads: their names, their order and their units are one contract. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClusters } from "#src/cluster/cluster.ts";
import { clusterOptions } from "#src/cluster/options.ts";
import { isClusterSeries } from "#src/cluster/series.ts";
import { clock } from "#src/collectors/clock.ts";
import { type Collector, nodeNames } from "#src/collectors/collector.ts";
import { heartbeat } from "#src/collectors/heartbeat.ts";
import { createClusterClock } from "#src/core/cluster-clock.ts";
import { silentLog } from "#src/core/log.ts";
import type { Sample } from "#src/core/sample.ts";
import { openSntp, sntpOptions } from "#src/receivers/sntp.ts";
import { countingMetrics } from "../support/counting-metrics.ts";
import { createVirtualNetwork } from "../support/virtual-udp.ts";

const AGGREGATOR = "10.0.0.1:10123";

async function createCluster(offsets: readonly number[]) {
  const network = createVirtualNetwork(7);
  const aggregator = network.machine({ address: "10.0.0.1", readErrorMs: 0.001 });
  const metrics = countingMetrics();
  const listen = sntpOptions.parse({ listen: AGGREGATOR });
  await network.until(openSntp({ world: aggregator.world, log: silentLog, metrics, ...listen }));
  const now = () => ({ monotonicMs: aggregator.world.clock.monotonicMs(), wallMs: aggregator.world.clock.wallMs() });
  const clusters = createClusters({
    options: clusterOptions.parse({}),
    metrics,
    now: now(),
    known: [],
    lastRanMs: undefined,
  });
  const sent: Sample[] = [];

  const nodes = offsets.map((offsetMs, i) => {
    const { world } = network.machine({ address: `10.0.1.${i}`, offsetMs, readErrorMs: 0.001 });
    const clusterClock = createClusterClock(world.clock);
    const context = { world, log: silentLog, metrics, names: nodeNames("prod", `n${i}.example.org`), clusterClock };
    const collectors: Collector[] = [
      heartbeat.create(context, heartbeat.options.parse({})),
      clock.create(context, clock.options.parse({ aggregator: AGGREGATOR })),
    ];
    /** As the sidecar's runner does: stamps in cluster time. */
    const collect = async (say: (collector: Collector, emit: Parameters<Collector["collect"]>[0]) => unknown) => {
      const beganMs = world.clock.wallMs();
      for (const collector of collectors) {
        await say(collector, ({ name, value, wallMs = beganMs }) => {
          const sample = { name, value, seconds: clusterClock.clusterSeconds({ wallMs }) };
          sent.push(sample);
          assert.equal(clusters.observe(sample, now()), isClusterSeries(name));
        });
      }
    };
    const { signal } = new AbortController();
    return {
      collect: () => collect((collector, emit) => collector.collect(emit, signal)),
      goodbye: () => collect((collector, emit) => collector.goodbye?.(emit)),
    };
  });

  async function pass(seconds: number): Promise<void> {
    for (let s = 0; s < seconds; s++) {
      if (s % 10 === 0) for (const node of nodes) await network.until(node.collect());
      await network.run(1_000);
      clusters.tick(now());
    }
  }
  return { network, nodes, clusters, sent, pass, snapshot: () => clusters.snapshot(now())[0]! };
}

test("three nodes, one of them 2 s fast: all alive, and the one is named", async () => {
  const { pass, snapshot } = await createCluster([0, 2_000, 0.2]);
  await pass(300);
  const { nodes, clocks } = snapshot();
  assert.deepEqual(
    nodes.map(({ node, state, intervalMs }) => [node, state, intervalMs]),
    ["n0_example_org", "n1_example_org", "n2_example_org"].map((node) => [node, "alive", 10_000]),
  );
  const [, wrong] = nodes;
  assert.deepEqual([clocks.wrongNodes, clocks.aggregatorWrong], [["n1_example_org"], false]);
  assert.ok(Math.abs(wrong!.clock!.offsetMs - 2_000) <= wrong!.clock!.boundMs);
  assert.deepEqual([wrong!.clock!.warning, wrong!.clock!.critical], ["fire", "fire"]);
  assert.equal(wrong!.clockReachable, true);
  assert.ok(wrong!.clock!.driftPpm !== undefined && wrong!.clock!.driftBoundPpm !== undefined);
  assert.equal(nodes[0]!.clock!.warning, "clear");
});

test("every series that the room reads was sent, and stamps are the aggregator's time", async () => {
  const { pass, sent, network } = await createCluster([86_400_000]);
  await pass(300);
  const read = new Set(sent.map(({ name }) => name).filter(isClusterSeries));
  assert.deepEqual([...read].map((name) => name.replace("connect.prod.n0_example_org.", "")).sort(), [
    "clock.aggregator.bound_seconds",
    "clock.aggregator.delay_seconds",
    "clock.aggregator.drift_bound_ppm",
    "clock.aggregator.drift_ppm",
    "clock.aggregator.offset_seconds",
    "clock.aggregator.reachable",
    "sidecar.heartbeat",
    "sidecar.heartbeat_interval_seconds",
    "sidecar.started_seconds",
  ]);
  const last = sent.at(-1)!.seconds - (1_795_000_000 + network.nowMs() / 1000);
  assert.ok(last > -12 && last <= 0, String(last));
});

test("goodbye stops a node", async () => {
  const { pass, nodes, snapshot } = await createCluster([0, 0, 0]);
  await pass(20);
  await nodes[1]!.goodbye();
  assert.deepEqual(
    snapshot().nodes.map(({ state }) => state),
    ["alive", "stopped", "alive"],
  );
});
