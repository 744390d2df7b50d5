/**
 * The whole path with real parts, each in a process of its own: three sidecars, one of them with a clock that runs wrong
 * (libfaketime), RRD files that rrdtool feeds, a node_exporter, one aggregator, and a receiver of webhooks.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, type Program, startProgram, until } from "../support/live.ts";
import { startWebhookReceiver, type ToldAlert, type WebhookReceiver } from "../support/webhook.ts";

const run = promisify(execFile);

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const NODES = ["n1", "n2", "n3"] as const;
const FAKETIME = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
  .map((directory) => `${directory}/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));
const OFFSET_SECONDS = 2;
const PPM = 200;
/** A node is stale after three intervals without a beat. */
const HEARTBEAT_SECONDS = 2;
const STALE_SECONDS = 3 * HEARTBEAT_SECONDS;
const RRD_STEP = 10;

type Node = (typeof NODES)[number];

const sidecars = new Map<Node, Program>();
let directory = "";
let web = "";
let webhook: WebhookReceiver;
let nodeExporter: Program;
let aggregator: Program;
let feeding: Promise<void>;
const stopFeeding = new AbortController();
/** When n2's clock began to run wrong, by ours. */
let skewedSinceMs = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "lockstep-e2e-"));
  webhook = await startWebhookReceiver();
  await writeSettings();
  aggregator = startAggregator();
  await until(
    async () => ((await fetch(`${web}/healthz`)).ok ? true : undefined),
    () => aggregator.output(),
  );
  for (const node of NODES) await createRrd(node);
  feeding = feed();
  skewedSinceMs = Date.now();
  for (const node of NODES) startSidecar(node, node === "n2");
});

after(async () => {
  stopFeeding.abort();
  await feeding;
  for (const sidecar of sidecars.values()) await sidecar.stop();
  await aggregator.stop();
  await nodeExporter.stop();
  await webhook.close();
  await rm(directory, { recursive: true });
});

test("the clock that runs wrong is found, with its sign and size; the right ones are not", async (t) => {
  const alert = await toldOf({ alertname: "ClockDrift", node: "n2" }, "firing");
  assert.equal(alert.labels["cluster"], "e2e");
  assert.equal(alert.labels["severity"], "critical");
  assert.match(alert.annotations["summary"]!, /^The clock of n2 is 2\.\d+ s fast ± /);
  const [shown] = (await alertsNow()).filter(({ labels }) => labels["alertname"] === "ClockDrift");
  assert.ok(shown !== undefined);
  const { nowMs, clocks } = await clocksNow();
  const { offsetMs, boundMs, ageMs } = clocks.get("n2")!;
  const runningMs = nowMs - ageMs - skewedSinceMs;
  const truthMs = OFFSET_SECONDS * 1000 + (PPM / 1e6) * runningMs;
  // When within a second of its start the process' clock began to run wrong is not known.
  const slackMs = (PPM / 1e6) * 1000;
  t.diagnostic(`measured ${offsetMs.toFixed(3)} ± ${boundMs.toFixed(3)} ms, in truth ${truthMs.toFixed(3)} ms`);
  assert.ok(Math.abs(offsetMs - truthMs) <= boundMs + slackMs, `${offsetMs} ± ${boundMs} ms, in truth ${truthMs} ms`);
  assert.ok(boundMs > 0 && boundMs < 100, `a bound of ${boundMs} ms`);
  for (const node of ["n1", "n3"]) {
    const right = clocks.get(node)!;
    assert.ok(Math.abs(right.offsetMs) <= right.boundMs, `${node} is off by ${right.offsetMs} ms`);
  }
});

test("what /render has of RRD files is what rrdtool has", async () => {
  for (const node of NODES) {
    await until(
      async () => ((await known(`connect.e2e.${node}.system.load.15min`)).size >= 4 ? true : undefined),
      () => `${node}: ${sidecars.get(node)!.output()}`,
      90_000,
    );
    for (const source of ["1min", "5min", "15min"]) await compareWithRrdtool(node, source);
  }
});

test("the page of node_exporter arrives", async () => {
  const load = await latestOf("connect.e2e.n1.prom.node.node_load1");
  assert.ok(load.value >= 0 && load.value < 10_000);
  assert.equal((await latestOf("connect.e2e.n1.scrape.prometheus.node.up")).value, 1);
});

test("Grafana's question is answered: find, and render with the aliasSub wrapper by POST", async () => {
  const found = (await (await fetch(`${web}/metrics/find?query=connect.e2e.*`)).json()) as { text: string }[];
  assert.deepEqual(found.map(({ text }) => text).sort(), [...NODES]);
  const target = `aliasSub(connect.e2e.*.system.load.1min,"(^.*$)","\\1 A")`;
  const body = new URLSearchParams({ target, from: "-5min", until: "now", format: "json", maxDataPoints: "100" });
  const answer = (await (await fetch(`${web}/render`, { method: "POST", body })).json()) as { target: string }[];
  assert.deepEqual(
    answer.map((series) => series.target),
    NODES.map((node) => `connect.e2e.${node}.system.load.1min A`),
  );
});

test("a node that is killed is told of in time, and its return too", async (t) => {
  const killedMs = Date.now();
  await sidecars.get("n3")!.kill();
  const alert = await toldOf({ alertname: "StaleHeartbeat", node: "n3" }, "firing");
  const lateSeconds = (Date.parse(alert.startsAt) - killedMs) / 1000;
  t.diagnostic(
    `the alert began ${lateSeconds} s after the kill, and was told ${(alert.receivedMs - killedMs) / 1000} s after it`,
  );
  assert.ok(lateSeconds <= STALE_SECONDS + 5, `the alert began ${lateSeconds} s after the kill`);
  assert.ok((alert.receivedMs - killedMs) / 1000 <= STALE_SECONDS + 5, "and was told later still");
  const page = await (await fetch(`${web}/`)).text();
  assert.match(page, /n3 has fallen silent/);
  startSidecar("n3", false);
  await toldOf({ alertname: "StaleHeartbeat", node: "n3" }, "resolved");
});

test("a clock that is set right again is told of", async () => {
  await sidecars.get("n2")!.stop();
  startSidecar("n2", false);
  await toldOf({ alertname: "ClockDrift", node: "n2" }, "resolved");
});

test("nothing else was told", () => {
  const told = webhook.told.map(({ status, labels }) => `${labels["alertname"]} ${labels["node"]} ${status}`);
  assert.deepEqual(
    [...new Set(told)].sort(),
    ["ClockDrift n2 firing", "ClockDrift n2 resolved", "StaleHeartbeat n3 firing", "StaleHeartbeat n3 resolved"],
    told.join("\n"),
  );
});

test("an aggregator that was stopped and started again has its history", async () => {
  const name = "connect.e2e.n1.system.load.1min";
  const untilSeconds = Math.floor(Date.now() / 1000) - RRD_STEP;
  const earlier = await known(name, untilSeconds);
  assert.ok(earlier.size >= 4);
  await aggregator.stop();
  aggregator = startAggregator();
  await until(
    async () => ((await fetch(`${web}/healthz`)).ok ? true : undefined),
    () => aggregator.output(),
  );
  const later = await known(name, untilSeconds);
  for (const [seconds, value] of earlier) assert.equal(later.get(seconds), value, `at ${seconds}`);
});

// ---- the parts --------------------------------------------------------------------------------------------------------

async function writeSettings(): Promise<void> {
  const [http, line, time, exporter] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  web = `http://127.0.0.1:${http}`;
  nodeExporter = startProgram("/usr/bin/prometheus-node-exporter", [`--web.listen-address=127.0.0.1:${exporter}`]);
  // By default RRD rows are kept a minute apart, as Connect writes them; here they come every ten seconds.
  await mkdir(join(directory, "carbon"));
  await writeFile(
    join(directory, "carbon/storage-schemas.conf"),
    `[all]\npattern = .*\nretentions = ${RRD_STEP}s:1d,1m:30d\n`,
  );
  await writeFile(
    join(directory, "lockstep.yaml"),
    `web: {listen: "127.0.0.1:${http}"}
receivers: {line: "127.0.0.1:${line}"}
time: {listen: "127.0.0.1:${time}"}
store: {directory: ${directory}/data, carbonConf: ${directory}/carbon}
cluster: {settle: 5s}
alerts:
  groupWait: 1s
  groupInterval: 5s
  rules:
    clockDrift: {criticalFor: 3s, keepFiring: 5s}
  receivers:
    - name: test
      webhook: {url: "${webhook.url}", allowedNetworks: [127.0.0.0/8]}
sidecar:
  cluster: e2e
  to: 127.0.0.1:${line}
  collectors:
    heartbeat: {interval: ${HEARTBEAT_SECONDS}s, deadline: 1s}
    clock: {interval: 2s, deadline: 1s, timeout: 500ms, aggregator: "127.0.0.1:${time}"}
    host: {interval: 5s, deadline: 2s}
    rrd: {interval: 5s, deadline: 4s}
    prometheus:
      interval: 5s
      deadline: 2s
      targets: [{name: node, url: "http://127.0.0.1:${exporter}/metrics"}]
`,
  );
}

function startAggregator(): Program {
  return startProgram(process.execPath, [MAIN, "aggregator", "--config", join(directory, "lockstep.yaml")]);
}

function startSidecar(node: Node, skewed: boolean): void {
  const flags = ["--config", join(directory, "lockstep.yaml"), "--node", node, "--rrd", join(directory, node)];
  assert.ok(FAKETIME !== undefined, "libfaketime is installed");
  const env = skewed
    ? { LD_PRELOAD: FAKETIME, FAKETIME: `+${OFFSET_SECONDS}s x${1 + PPM / 1e6}`, FAKETIME_DONT_FAKE_MONOTONIC: "1" }
    : {};
  sidecars.set(node, startProgram(process.execPath, [MAIN, "sidecar", ...flags], env));
}

// ---- RRD files --------------------------------------------------------------------------------------------------------

let rrdtoolRuns: Promise<unknown> = Promise.resolve();

/** One at a time: rrdtool does not wait for a file that another rrdtool has locked, it fails. */
function rrdtool(args: readonly string[]): Promise<{ readonly stdout: string }> {
  const result = rrdtoolRuns.then(() => run("/usr/bin/rrdtool", args));
  rrdtoolRuns = result.catch(() => undefined);
  return result;
}

function rrdOf(node: Node): string {
  return join(directory, node, "system.load.rrd");
}

async function createRrd(node: Node): Promise<void> {
  await mkdir(join(directory, node));
  const start = Math.floor(Date.now() / 1000) - RRD_STEP;
  const sources = ["1min", "5min", "15min"].map((name) => `DS:${name}:GAUGE:300:U:U`);
  const archives = ["RRA:AVERAGE:0.5:1:1000", "RRA:AVERAGE:0.5:6:1000", "RRA:MAX:0.5:6:1000"];
  await rrdtool([
    "create",
    rrdOf(node),
    ...["--start", String(start), "--step", String(RRD_STEP)],
    ...sources,
    ...archives,
  ]);
}

/** As Connect does it: values that move, at times beside the boundaries. */
async function feed(): Promise<void> {
  for (let i = 0; !stopFeeding.signal.aborted; i++) {
    for (const [n, node] of NODES.entries()) {
      const values = [0.1, 0.2, 0.3].map((value) => (value + n + Math.abs(Math.sin(i))).toFixed(4));
      await rrdtool(["update", rrdOf(node), `N:${values.join(":")}`]);
    }
    await setTimeout(3_000);
  }
}

async function compareWithRrdtool(node: Node, source: string): Promise<void> {
  const column = ["1min", "5min", "15min"].indexOf(source) + 1;
  // Ours first: rrdtool has whatever we have.
  const ours = await known(`connect.e2e.${node}.system.load.${source}`);
  const now = Math.floor(Date.now() / 1000);
  const range = ["--start", String(now - 300), "--end", String(now)];
  const { stdout } = await rrdtool(["fetch", rrdOf(node), "AVERAGE", ...range]);
  const rows = new Map<number, number>();
  for (const [, seconds, values] of stdout.matchAll(/^(\d+): (.*)$/gm)) {
    const value = Number(values!.split(" ")[column - 1]);
    if (!Number.isNaN(value)) rows.set(Number(seconds), value);
  }
  assert.ok(ours.size >= 4, `${node} ${source}: ${ours.size} values`);
  for (const [seconds, value] of ours) {
    const theirs = rows.get(seconds);
    assert.ok(theirs !== undefined, `${node} ${source}: rrdtool has nothing at ${seconds}`);
    // The sidecar sends nine digits of an average.
    assert.ok(Math.abs(value - theirs) <= 1e-8 * Math.abs(theirs), `${node} ${source} ${seconds}: ${value}, ${theirs}`);
  }
}

// ---- questions --------------------------------------------------------------------------------------------------------

/** The values of the last minutes, by time. */
async function known(name: string, untilSeconds?: number): Promise<ReadonlyMap<number, number>> {
  const query = new URLSearchParams({
    target: name,
    from: "-10min",
    until: String(untilSeconds ?? "now"),
    format: "json",
  });
  const answer = (await (await fetch(`${web}/render?${query}`)).json()) as { datapoints: [number | null, number][] }[];
  const points = answer.flatMap(({ datapoints }) => datapoints);
  return new Map(points.flatMap(([value, seconds]) => (value === null ? [] : [[seconds, value] as const])));
}

async function latestOf(name: string): Promise<{ readonly seconds: number; readonly value: number }> {
  const points = await until(
    async () => {
      const now = await known(name);
      return now.size > 0 ? now : undefined;
    },
    () => `nothing of ${name}`,
  );
  const [seconds, value] = [...points].at(-1)!;
  return { seconds, value };
}

async function alertsNow(): Promise<readonly { readonly labels: Readonly<Record<string, string>> }[]> {
  const answer = (await (await fetch(`${web}/api/alerts`)).json()) as {
    readonly alerts: { readonly labels: Readonly<Record<string, string>> }[];
  };
  return answer.alerts;
}

interface ClockNow {
  readonly offsetMs: number;
  readonly boundMs: number;
  readonly ageMs: number;
}

async function clocksNow(): Promise<{ readonly nowMs: number; readonly clocks: ReadonlyMap<string, ClockNow> }> {
  const { nowMs, clusters } = (await (await fetch(`${web}/api/clusters`)).json()) as {
    readonly nowMs: number;
    readonly clusters: readonly { readonly nodes: readonly { readonly node: string; readonly clock: ClockNow }[] }[];
  };
  return { nowMs, clocks: new Map(clusters[0]!.nodes.map(({ node, clock }) => [node, clock])) };
}

function toldOf(labels: Readonly<Record<string, string>>, status: ToldAlert["status"]): Promise<ToldAlert> {
  return until(
    () =>
      Promise.resolve(
        webhook.told.find(
          (told) =>
            told.status === status && Object.entries(labels).every(([name, value]) => told.labels[name] === value),
        ),
      ),
    () => `${JSON.stringify({ labels, status, told: webhook.told })}\n${aggregator.output()}`,
    60_000,
  );
}
