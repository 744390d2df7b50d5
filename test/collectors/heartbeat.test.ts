import assert from "node:assert/strict";
import { test } from "node:test";
import type { Measurement } from "#src/collectors/collector.ts";
import { nodeNames } from "#src/collectors/collector.ts";
import { heartbeat } from "#src/collectors/heartbeat.ts";
import { silentLog } from "#src/core/log.ts";
import { countingMetrics } from "../support/counting-metrics.ts";
import { createVirtualNetwork } from "../support/virtual-udp.ts";

function createHeart(interval: string) {
  const network = createVirtualNetwork(1);
  const node = network.machine({ address: "10.0.0.2" });
  const context = { world: node.world, log: silentLog, metrics: countingMetrics(), names: nodeNames("prod", "n1") };
  const startedSeconds = Math.floor(node.wallMs()) / 1000;
  const heart = heartbeat.create(context, heartbeat.options.parse({ interval }));
  const told = async (say: (emit: (measurement: Measurement) => void) => Promise<void> | void) => {
    const list: [string, number][] = [];
    await say(({ name, value }) => list.push([name.replace("connect.prod.n1.sidecar.", ""), value]));
    return list;
  };
  return { network, node, heart, startedSeconds, told };
}

const signal = new AbortController().signal;

test("a beat says which process speaks, how often it means to, and counts up from 1", async () => {
  const { heart, told, startedSeconds, network } = createHeart("5s");
  for (const sequence of [1, 2, 3]) {
    assert.deepEqual(await told((emit) => heart.collect(emit, signal)), [
      ["started_seconds", startedSeconds],
      ["heartbeat_interval_seconds", 5],
      ["heartbeat", sequence],
    ]);
    await network.run(5_000);
  }
});

test("the start stays what it was when the clock is set", async () => {
  const { heart, told, startedSeconds, node } = createHeart("5s");
  node.stepWall(3_600_000);
  assert.deepEqual((await told((emit) => heart.collect(emit, signal)))[0], ["started_seconds", startedSeconds]);
});

test("goodbye says which process stops", async () => {
  const { heart, told, startedSeconds } = createHeart("10s");
  assert.deepEqual(await told((emit) => heart.goodbye!(emit)), [
    ["started_seconds", startedSeconds],
    ["heartbeat_interval_seconds", 10],
    ["goodbye", 1],
  ]);
});
