/** What programs ask for: shapes of the JSON, refusals, compression, and events over a real connection. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RejectedView, RejectView } from "#src/web/dependencies.ts";
import { queryEnvironment } from "../support/query-environment.ts";
import { openStage, type Stage } from "../support/web-stage.ts";

let stage: Stage;

/** One reason with two, the newer first; one that is newer still. */
const REJECTS: readonly RejectedView[] = [
  { reason: "nan", meaning: "the value is NaN", count: 1, latest: [reject(3, "nan", "n nan 1")] },
  {
    reason: "value",
    meaning: "the value is no number",
    count: 1204,
    latest: [reject(4, "value", "<b>a</b> x 1"), reject(1, "value", "a b c")],
  },
];

function reject(wallMs: number, reason: string, text: string): RejectView {
  return { wallMs, receiver: "line_tcp", sender: "10.0.0.7", reason, text };
}

before(async () => {
  stage = await openStage({
    rejects: () => REJECTS,
  });
  stage.addNode("n1");
  stage.addNode("n2", { offsetMs: 2003, boundMs: 0.3 });
});
after(() => stage.close());

async function json(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(stage.url + path);
  assert.match(response.headers.get("content-type")!, /^application\/json/);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("/api/clusters: nodes, clocks and blind times", async () => {
  const { body } = await json("/api/clusters");
  const [cluster] = body["clusters"] as {
    cluster: string;
    nodes: { node: string; state: string; clock: { offsetMs: number } }[];
  }[];
  assert.equal(cluster!.cluster, "prod");
  assert.deepEqual(
    cluster!.nodes.map(({ node, state }) => [node, state]),
    [
      ["n1", "alive"],
      ["n2", "alive"],
    ],
  );
  assert.equal(cluster!.nodes[1]!.clock.offsetMs, 2003);
});

test("/api/alerts, /api/deliveries, /api/rejects", async () => {
  const { body: alerts } = await json("/api/alerts");
  assert.deepEqual([typeof alerts["nowMs"], alerts["alerts"]], ["number", []]);
  const { body: deliveries } = await json("/api/deliveries");
  assert.deepEqual([deliveries["waiting"], deliveries["attempts"]], [0, []]);
  const { body: rejects } = await json("/api/rejects");
  assert.deepEqual(
    (rejects["rejects"] as RejectView[]).map(({ wallMs }) => wallMs),
    [4, 3, 1],
  );
  assert.deepEqual(rejects["reasons"], REJECTS);
});

test("what was refused is on the overview, as text", async () => {
  const page = await (await fetch(stage.url)).text();
  assert.match(page, /The value is no number<\/strong> <span[^>]*>1,204 times/);
  assert.match(page, /line_tcp from 10\.0\.0\.7/);
  assert.match(page, /<code class="reject-text"[^>]*>&lt;b&gt;a&lt;\/b&gt; x 1<\/code>/);
});

test("/api/health: what is wrong has a name", async () => {
  const { body } = await json("/api/health");
  assert.deepEqual([body["status"], body["troubles"], body["nodes"]], ["ok", [], 2]);
  assert.deepEqual(body["listening"], { line: "127.0.0.1:2003", time: "127.0.0.1:2123" });
  const whole = stage.store;
  stage.store = { ...whole, blocked: "cannot write its log: no space left on device" };
  const { body: blocked } = await json("/api/health");
  assert.deepEqual([blocked["status"], blocked["troubles"]], ["degraded", ["store_blocked"]]);
  const page = await (await fetch(stage.url)).text();
  assert.match(page, /The store cannot write its log: no space left on device\./);
  stage.store = whole;
});

test("/api/series: columns on one grid; wide steps have their extremes", async () => {
  const name = "connect.prod.n1.host.load.1min";
  const { body } = await json(`/api/series?name=${name}&name=connect.prod.n9.host.load.1min&from=now-1h&points=10`);
  const { stepSeconds, steps, series, missing } = body as unknown as {
    stepSeconds: number;
    steps: number;
    series: { name: string; mean: (number | null)[]; min: (number | null)[]; max: (number | null)[] }[];
    missing: string[];
  };
  assert.equal(stepSeconds, 600);
  assert.ok(steps <= 11);
  assert.deepEqual(missing, ["connect.prod.n9.host.load.1min"]);
  const [load] = series;
  assert.equal(load!.name, name);
  const known = load!.mean.flatMap((mean, i) => (mean === null ? [] : [[load!.min[i]!, mean, load!.max[i]!] as const]));
  assert.ok(known.length >= 6);
  for (const [min, mean, max] of known) assert.ok(min < mean && mean < max);
});

const refusals: readonly (readonly [string, RegExp])[] = [
  ["/api/series", /name is missing; right would be/],
  ["/api/series?name=a.*", /patterns go to \/render/],
  ["/api/series?name=a&from=yesterday", /"yesterday" is not a time; right would be now, now-6h/],
  ["/api/series?name=a&from=now&until=now-1h", /begins at now and ends at now-1h/],
  ["/api/series?name=a&points=0", /points is a whole number from 1/],
  [`/api/series?${"name=a&".repeat(60)}`, /at most 50 names/],
];
for (const [path, want] of refusals) {
  test(`${path.slice(0, 50)} is refused with a sentence`, async () => {
    const { status, body } = await json(path);
    assert.equal(status, 400);
    assert.match(String(body["error"]), want);
  });
}

test("/metrics is ours for Prometheus, and Graphite's for who brings a query", async () => {
  await fetch(stage.url);
  const ours = await (await fetch(`${stage.url}/metrics`)).text();
  assert.match(ours, /^lockstep_web_answers_total\{route="\/",status="2xx"\} \d+$/m);
  assert.match(ours, /^lockstep_web_live_browsers 0$/m);
  const found = (await (await fetch(`${stage.url}/metrics?query=connect.prod.*`)).json()) as { text: string }[];
  assert.deepEqual(found.map(({ text }) => text).sort(), ["n1", "n2"]);
});

test("paths that nobody declared make no labels", async () => {
  for (let i = 0; i < 5; i++) await fetch(`${stage.url}/made-up-${i}`);
  assert.doesNotMatch(await (await fetch(`${stage.url}/metrics`)).text(), /made-up/);
});

test("the Graphite API is beside the pages", async () => {
  const rendered = await fetch(`${stage.url}/render?target=connect.prod.n1.host.load.1min&format=json&from=-5min`);
  assert.equal(((await rendered.json()) as { target: string }[])[0]!.target, "connect.prod.n1.host.load.1min");
  const posted = await fetch(`${stage.url}/metrics/find`, {
    method: "POST",
    body: new URLSearchParams({ query: "connect.*" }),
  });
  assert.equal(((await posted.json()) as { text: string }[])[0]!.text, "prod");
});

test("who asked is answered in kind: JSON below /api, else what is accepted", async () => {
  const type = async (path: string, accept: string) =>
    (await fetch(stage.url + path, { headers: { accept } })).headers.get("content-type")!.split(";")[0];
  assert.equal(await type("/api/nothing", "text/html"), "application/json");
  assert.equal(await type("/nothing", "text/html,*/*"), "text/html");
  assert.equal(await type("/nothing", "*/*"), "text/plain");
  assert.equal(await type("/nothing", "application/json"), "application/json");
  assert.equal((await fetch(`${stage.url}/node/prod/unheard-of`)).status, 404);
});

test("pages are compressed; assets are kept for ever, and asked for once", async () => {
  const page = await fetch(stage.url);
  assert.equal(page.headers.get("content-encoding"), "gzip");
  const css = /\/assets\/[^"]+theme\.css/.exec(await page.text())![0];
  const first = await fetch(stage.url + css);
  assert.match(first.headers.get("cache-control")!, /immutable/);
  const again = await fetch(stage.url + css, { headers: { "if-none-match": first.headers.get("etag")! } });
  assert.equal(again.status, 304);
  const plain = await fetch(stage.url + css, { headers: { "accept-encoding": "identity" } });
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.notEqual(plain.headers.get("etag"), first.headers.get("etag"));
});

test("what a page needs is small: under 80 kB on the wire, charts included", async () => {
  const page = await (await fetch(`${stage.url}/node/prod/n1`)).text();
  const urls = new Set([...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]!));
  let bytes = 0;
  for (const url of urls) {
    const { headers } = await fetch(stage.url + url);
    bytes += Number(headers.get("content-length"));
  }
  assert.ok(urls.size >= 7, `${urls.size} files`);
  assert.ok(bytes < 80_000, `${bytes} bytes`);
});

test("/events follows a page: the model, then a sign of life", async () => {
  const controller = new AbortController();
  const response = await fetch(`${stage.url}/events?page=node&cluster=prod&node=n1`, { signal: controller.signal });
  assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
  assert.equal(response.headers.get("content-encoding"), null);
  let text = "";
  for await (const chunk of response.body!) {
    text += Buffer.from(chunk).toString();
    if (text.includes("event: beat")) break;
  }
  controller.abort();
  const data = /event: model\ndata: (.+)\n/.exec(text)![1]!;
  assert.equal((JSON.parse(data) as { model: { node: string } }).model.node, "n1");
});

test("/events of what there is not is refused", async () => {
  assert.equal((await fetch(`${stage.url}/events?page=nothing`)).status, 404);
  assert.equal((await fetch(`${stage.url}/events?page=node&cluster=prod&node=n9`)).status, 404);
});

test("a store that can't be read leaves the figures out, not the page", async (t) => {
  const failing = async (): Promise<never> => {
    throw new Error("the disk is gone");
  };
  const blind = await openStage({
    query: queryEnvironment({
      generation: () => 0,
      find: failing,
      findTagged: failing,
      tagWords: failing,
      fetch: failing,
    }),
  });
  t.after(() => blind.close());
  blind.addNode("n1");
  const page = await (await fetch(blind.url)).text();
  assert.match(page, /The store can&#x27;t be read, so figures and lights are missing: the disk is gone/);
  assert.match(page, /The only node is alive/);
  assert.match(page, /not watched|unknown/);
});
