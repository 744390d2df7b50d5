/** The web in front of a real aggregator: lines come in over TCP, and the pages show them. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { clusterOptions } from "#src/cluster/options.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { openWeb, type Web } from "#src/web/server.ts";
import { type LiveAggregator, startLiveAggregator } from "../support/aggregator.ts";
import { until } from "../support/live.ts";
import { queryEnvironment } from "../support/query-environment.ts";

let live: LiveAggregator;
let web: Web;
let url = "";

before(async () => {
  live = await startLiveAggregator();
  const { aggregator } = live;
  const world = realWorld();
  const metrics = createMetrics();
  const { warning, critical } = clusterOptions.parse({});
  web = await openWeb({
    listen: { host: "127.0.0.1", port: 0 },
    dependencies: {
      world,
      log: silentLog,
      metrics,
      version: "test",
      query: queryEnvironment(aggregator.store, { clock: world.clock }),
      series: aggregator.store,
      thresholds: { warning, critical },
      listening: aggregator.addresses,
      snapshot: aggregator.snapshot,
      alerts: () => aggregator.alerting.alerts(),
      deliveries: () => aggregator.alerting.deliveries(),
      rejects: () => aggregator.intake.rejects.byReason(),
      storeStats: () => aggregator.store.stats(),
      futurePoints: (cluster, node) => aggregator.futurePoints.of(cluster, node),
      metricsPage: () => metrics.page(),
    },
  });
  url = `http://127.0.0.1:${web.address.port}`;
  await send(["n1", "n2"].flatMap(linesOf));
});
after(async () => {
  await web.close();
  await live.close();
});

function linesOf(node: string): string[] {
  const seconds = Math.floor(Date.now() / 1000);
  const root = `connect.prod.${node}`;
  return [
    `${root}.sidecar.started_seconds ${seconds - 60} ${seconds}`,
    `${root}.sidecar.heartbeat_interval_seconds 10 ${seconds}`,
    `${root}.sidecar.heartbeat 6 ${seconds}`,
    `${root}.host.load.1min 0.75 ${seconds}`,
    `${root}.scrape.rrd.up 1 ${seconds}`,
    `${root}.rrd.newest_update_age_seconds 31 ${seconds}`,
    "this is no line",
  ];
}

function send(lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(live.port, "127.0.0.1", () => socket.end(`${lines.join("\n")}\n`));
    socket.resume().once("close", () => resolve());
    socket.once("error", reject);
  });
}

async function text(path: string): Promise<string> {
  return (await fetch(url + path)).text();
}

test("nodes that were heard are on the overview, with what they sent", async () => {
  const page = await until(
    async () => {
      const shown = await text("/");
      return shown.includes("load 0.75") ? shown : undefined;
    },
    () => "the load is not on the page",
  );
  assert.match(page, /All 2 nodes alive/);
  assert.match(page, /RRD<\/span> <span class="light-text" data-text="text">31 s old/);
});

test("a node's page lists its series, and its charts have values", async () => {
  const page = await text("/node/prod/n1");
  assert.match(page, /<li>load\.1min<\/li>|<li>host\.load\.1min<\/li>/);
  const { series } = JSON.parse(await text("/api/series?name=connect.prod.n1.host.load.1min&from=now-5m")) as {
    series: { mean: (number | null)[] }[];
  };
  assert.deepEqual(
    series[0]!.mean.filter((value) => value !== null),
    [0.75],
  );
});

test("what was refused can be looked at", async () => {
  const { rejects } = JSON.parse(await text("/api/rejects")) as { rejects: { reason: string; text: string }[] };
  assert.equal(rejects.length, 2);
  assert.match(rejects[0]!.text, /this is no line/);
});

test("own health tells of the store", async () => {
  const { status, store, nodes } = JSON.parse(await text("/api/health")) as {
    status: string;
    store: { series: number };
    nodes: number;
  };
  assert.deepEqual([status, nodes], ["ok", 2]);
  assert.ok(store.series >= 12);
});
