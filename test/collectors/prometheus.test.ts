import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { prometheusCollector } from "#src/collectors/prometheus.ts";
import { LockstepError } from "#src/core/errors.ts";
import { counted, gather, type TestContext, testContext } from "../support/collect.ts";
import { FakeWorld } from "../support/fake-world.ts";

const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const CLASSIC = "text/plain; version=0.0.4; charset=utf-8";

function fixture(name: string): string {
  return readFileSync(new URL(`../../../test/fixtures/exposition/${name}`, import.meta.url), "utf8");
}

interface Bench {
  readonly context: TestContext;
  readonly world: FakeWorld;
  /** What the next scrapes of each host find. */
  readonly pages: Map<string, string | number | Error>;
  /** One collection; names without `n1.`. */
  scrape(): Promise<{ values: Record<string, number>; error: unknown }>;
}

/** A collector whose targets are `http://<host>/metrics`, with pages that the test sets. */
function bench(settings: Record<string, unknown> = {}): Bench {
  const world = new FakeWorld();
  const context = testContext(world);
  const pages = new Map<string, string | number | Error>();
  world.answer = ({ url }) => {
    const page = pages.get(new URL(url).hostname);
    if (page instanceof Error) throw page;
    if (typeof page === "number") return { status: page, headers: { location: "/login" } };
    const contentType = page?.includes("# EOF") ? OPENMETRICS : CLASSIC;
    return { headers: { "content-type": contentType }, body: new TextEncoder().encode(page ?? "") };
  };
  const collector = prometheusCollector.create(context, prometheusCollector.options.parse(settings));
  const scrape = async () => {
    const { values, error } = await gather(collector);
    return {
      values: Object.fromEntries([...values].map(([name, value]) => [name.replace(/^n1\./, ""), value])),
      error,
    };
  };
  return { context, world, pages, scrape };
}

/** What the page says, without what the scrape says of itself. */
function readings(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !name.startsWith("scrape.")));
}

function connectBench(page: string, settings: Record<string, unknown> = {}): Bench {
  const made = bench({
    targets: [{ name: "connect", url: "http://connect/metrics", dialect: "connect", ...settings }],
  });
  made.pages.set("connect", page);
  return made;
}

async function connectReadings(page: string): Promise<Record<string, number>> {
  return readings((await connectBench(page).scrape()).values);
}

test("the default is Connect's page on this machine", async () => {
  const { world, scrape } = bench();
  const { values } = await scrape();
  assert.deepEqual(
    world.requests.map(({ method, url, timeoutMs }) => [method, url, timeoutMs]),
    [["GET", "http://127.0.0.1:3232/metrics", 4500]],
  );
  assert.equal(values["scrape.prometheus.connect.up"], 1);
});

test("Connect's first dialect comes out under our names", async () => {
  assert.deepEqual(await connectReadings(fixture("connect-classic.txt")), {
    "shiny.sessions.active": 7,
    "content.hits.total": 1027,
    "http.requests.total": 960,
    "http.requests.total.2xx": 950,
    "http.requests.total.4xx": 7,
    "http.requests.total.5xx": 3,
    "http.duration.count": 960,
    "http.duration.sum": 124.75,
    "http.inflight": 6,
    "http.response_bytes.total": 5_250_000,
    "_cluster.queue.default.size": 9,
    "_cluster.queue.job-finalizer.size": 0,
    "_cluster.queue.default.oldest_age_s": 12.5,
    "_cluster.queue.job-finalizer.oldest_age_s": 0,
    "_cluster.users.active.24h.viewer": 31,
    "_cluster.users.active.24h.publisher": 6,
    "_cluster.users.active.7d.viewer": 80,
    "connectd.cpu_seconds": 321.5,
    "connectd.rss_bytes": 268_435_456,
    // What the dictionary does not know, or has no place for, is not lost.
    "prom.raw.connect_http_response_size_bytes_count.code.200.method.GET.route.%2Fcontent%2F%2A": 900,
    "prom.raw.connect_something_new.path.%2Fvar%2Flib.zone.b": 2,
    "prom.raw.connect_something_new.path.%2Fvar_lib.zone.b": 3,
    "prom.raw.go_goroutines": 412,
  });
});

test("Connect's second dialect comes out under the same names", async () => {
  assert.deepEqual(await connectReadings(fixture("connect-otel.om.txt")), {
    "apps.running.shiny": 3,
    "apps.running.api": 2,
    "_cluster.content.total": 120,
    "procs.run_app": 4,
    "procs.packrat_restore": 1,
    "_cluster.schedules.queued": 2,
    "_cluster.schedules.failure": 1,
    "_cluster.users.active.24h.viewer": 31,
    "jobs.cancelled": 3,
    "jobs.completed.success": 90,
    "jobs.completed.failure": 8,
    "jobs.duration.count": 98,
    "jobs.duration.sum": 4321.5,
    "jobs.timeout": 4,
    "connect-1_example_com.queue.default.active_duration_s": 75,
    "connect-2_example_com.queue.default.active_duration_s": 3600.5,
    "_cluster.queue.default.oldest_age_s": 12.5,
    "queue.default.completed.success": 88,
    "queue.default.completed.failure": 8,
    "_cluster.queue.default.size": 9,
    "db.pool.core.idle": 12,
    "db.pool.core.inuse": 3,
    "workers.utilization.shiny": 0.75,
    "http.rejected.max_connections.http": 4,
    "_cluster.license.users_current": 55,
    "_cluster.license.users_limit": 100,
    "_cluster.license.shiny_current": 7,
    "_cluster.license.shiny_limit": 50,
    "_cluster.license.days_left": 93,
    "http.duration.count": 903,
    "http.duration.sum": 120.5,
    // Totals of rows that have a place, and breakdowns that have none.
    "prom.raw.application_count": 5,
    "prom.raw.process_count": 5,
    "prom.raw.queue_items_size": 9,
    "prom.raw.users_active.window.24h": 37,
    "prom.raw.content_count.content_type.shiny": 50,
    "prom.raw.content_count.content_type.document": 70,
    "prom.raw.content_count.access_type.all.content_type.shiny.runtime_language.r": 20,
    "prom.raw.content_count.access_type.all.content_type.shiny.runtime_language.python": 30,
    "prom.raw.schedule_count.schedule_status.queued.schedule_type.render": 2,
    "prom.raw.schedule_count.schedule_status.failure.schedule_type.render": 1,
    "prom.raw.target_info.host_name.connect-1%2Eexample%2Ecom.service_name.connect": 1,
    "prom.raw.session_ping_duration_milliseconds_count": 41,
    "prom.raw.session_ping_duration_milliseconds_sum": 88.5,
  });
});

test("totals are not added to what they are totals of", async () => {
  const rows: readonly (readonly [string, string, Record<string, number>])[] = [
    [
      "the total",
      'content_count 10\ncontent_count{t="a"} 6\ncontent_count{t="b"} 4\n',
      { "_cluster.content.total": 10 },
    ],
    ["no total: the parts", 'content_count{t="a"} 6\ncontent_count{t="b"} 4\n', { "_cluster.content.total": 10 }],
    [
      "sub-totals before parts of parts",
      'content_count{t="a",l="r"} 2\ncontent_count{t="a",l="py"} 4\ncontent_count{t="a"} 6\ncontent_count{t="b"} 4\n',
      { "_cluster.content.total": 10 },
    ],
    [
      "of two breakdowns only one",
      'content_count{t="a"} 6\ncontent_count{t="b"} 4\ncontent_count{l="r"} 3\ncontent_count{l="py"} 7\n',
      { "_cluster.content.total": 10 },
    ],
    [
      "per state",
      'schedule_count 3\nschedule_count{schedule_type="x"} 3\nschedule_count{schedule_status="ok",schedule_type="x"} 1\n' +
        'schedule_count{schedule_status="ok",schedule_type="y"} 2\n',
      { "_cluster.schedules.ok": 3 },
    ],
  ];
  for (const [what, page, want] of rows) {
    const all = await connectReadings(page);
    assert.deepEqual(
      Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith("prom.raw."))),
      want,
      what,
    );
  }
});

test("rows that lack a label are parts like any other where the metric has no totals", async () => {
  const page =
    'http_server_request_duration_seconds_count{route="/"} 90\n' +
    'http_server_request_duration_seconds_count{route="/",error_type="timeout"} 10\n' +
    'http_server_request_duration_seconds_sum{route="/"} 1\n';
  const all = await connectReadings(`# TYPE http_server_request_duration_seconds histogram\n${page}`);
  assert.equal(all["http.duration.count"], 100);
});

test("of one thing under both names, OpenTelemetry's is taken and the other passes through", async () => {
  const page = 'connect_jobs_queue_total_jobs_in_queue{queue_name="q"} 5\nqueue_items_size{queue_name="q"} 6\n';
  assert.deepEqual(await connectReadings(page), {
    "_cluster.queue.q.size": 6,
    "prom.raw.connect_jobs_queue_total_jobs_in_queue.queue_name.q": 5,
  });
});

test("several rows for one name become one value by the rule of their metric", async () => {
  const page =
    'queue_items_age{queue_name="q.x",shard="1"} 5\nqueue_items_age{queue_name="q.x",shard="2"} 9\n' +
    'queue_items_age{queue_name="q x",shard="1"} 7\n' +
    'connect_http_request_count{code="200"} 1\nconnect_http_request_count{code="204"} 2\n' +
    'connect_http_request_count{code="0"} 4\n';
  assert.deepEqual(await connectReadings(page), {
    "_cluster.queue.q_x.oldest_age_s": 9,
    "http.requests.total": 7,
    "http.requests.total.2xx": 3,
    "http.requests.total.other": 4,
  });
});

test("a row that is there twice is counted once", async () => {
  const row = 'connect_http_request_count{code="200",method="GET"} 5\n';
  const swapped = 'connect_http_request_count{method="GET",code="200"} 5\n';
  const { context, scrape } = connectBench(`${row}${swapped}go_goroutines 1\ngo_goroutines 2\n`);
  assert.deepEqual(readings((await scrape()).values), {
    "http.requests.total": 5,
    "http.requests.total.2xx": 5,
    "prom.raw.go_goroutines": 1,
  });
  assert.equal(await counted(context, "lockstep_prometheus_dropped_total", { reason: "duplicate" }), 2);
});

test("a sum that lacks a part is not sent", async () => {
  const page =
    'connect_http_request_count{code="200"} 100\nconnect_http_request_count{code="500" 7\ncontent_hits_total 3\n' +
    'job_timeout_total{content_guid="a"} NaN\njob_timeout_total{content_guid="b"} 1\n';
  const { context, scrape } = connectBench(page);
  assert.deepEqual(readings((await scrape()).values), { "content.hits.total": 3 });
  assert.equal(await counted(context, "lockstep_prometheus_dropped_total", { reason: "damaged_family" }), 1);
  assert.equal(await counted(context, "lockstep_prometheus_dropped_total", { reason: "bad_line" }), 1);
  assert.ok(context.logged.some((line) => line.includes("line 2") && line.includes("EXPOSITION_LABEL")));
});

test("everything of Connect's page can be sent raw as well", async () => {
  const page = 'content_hits_total 3\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\nh_sum 2\n';
  const { scrape } = connectBench(page, { raw: "all" });
  assert.deepEqual(readings((await scrape()).values), {
    "content.hits.total": 3,
    "prom.raw.content_hits_total": 3,
    "prom.raw.h_count": 1,
    "prom.raw.h_sum": 2,
  });
});

function durations(...counts: readonly number[]): string {
  const bounds = ["0.1", "1", "+Inf"];
  const lines = counts.map((count, i) => `job_duration_seconds_bucket{le="${bounds[i]}"} ${count}\n`);
  return `# TYPE job_duration_seconds histogram\n${lines.join("")}job_duration_seconds_count ${counts.at(-1)}\n`;
}

test("quantiles are those of what was added since the scrape before", async () => {
  const { pages, scrape } = connectBench(durations(1000, 1000, 1000));
  const p50 = async () => (await scrape()).values["jobs.duration.p50"];
  assert.equal(await p50(), undefined, "the first scrape has nothing to compare with");
  pages.set("connect", durations(1000, 1010, 1010));
  assert.equal(await p50(), 0.55);
  assert.equal(await p50(), undefined, "nothing was added");
  pages.set("connect", durations(4, 4, 4));
  assert.equal(await p50(), 0.05, "the server restarted: all that is there was added");
  pages.set("connect", 503);
  await scrape();
  pages.set("connect", durations(4, 8, 8));
  assert.equal(await p50(), 0.55, "after a scrape that failed, since the last one that did not");
  pages.set("connect", durations(4, 8, 8).replace('{le="1"} 8', '{le="1" 8'));
  assert.equal(await p50(), undefined, "a bucket could not be read");
  pages.set("connect", durations(4, 10, 10));
  assert.equal(await p50(), 0.55, "the scrape with the bad line is passed over");
});

test("quantiles are taken over all rows together", async () => {
  const page = (fast: number, slow: number) =>
    "# TYPE connect_http_request_duration_seconds histogram\n" +
    [
      ["/a", "0.1", fast],
      ["/a", "+Inf", fast],
      ["/b", "0.1", 0],
      ["/b", "1", slow],
      ["/b", "+Inf", slow],
    ]
      .map(
        ([route, le, count]) => `connect_http_request_duration_seconds_bucket{route="${route}",le="${le}"} ${count}\n`,
      )
      .join("");
  const { pages, scrape } = connectBench(page(0, 0));
  await scrape();
  pages.set("connect", page(90, 10));
  const { values } = await scrape();
  // The bound 1 is not one of both rows, so what is beyond 0.1 is all that can be said of the slow ones.
  assert.equal(values["http.duration.p50"], (50 / 90) * 0.1);
  assert.equal(values["http.duration.p95"], 0.1);
});

test("a generic page goes under its target's name, with its labels", async () => {
  const made = bench({ targets: [{ name: "node", url: "http://node/metrics" }] });
  made.pages.set("node", fixture("odd.om.txt"));
  const { values, error } = await made.scrape();
  assert.equal(error, undefined);
  assert.deepEqual(readings(values), {
    "prom.node.plain.a.b": 17,
    "prom.node.work_seconds_total.node.a": 17,
    "prom.node.size_count": 17,
    "prom.node.size_sum": 324_789.3,
    "prom.node.depth_gcount": 42,
    "prom.node.depth_gsum": 3289.3,
    "prom.node.latency.quantile.0%2E95": 123.7,
    "prom.node.latency_count": 17,
    "prom.node.latency_sum": 324_789.3,
    "prom.node.state.state.a": 0,
    "prom.node.state.state.bb": 1,
    "prom.node.build_info.name.pretty%20name.version.8%2E2%2E7": 1,
    "prom.node.mystery": 42.23,
    "prom.node.unannounced.back.%5C.quote.%22": 1,
  });
  assert.deepEqual([values["scrape.prometheus.node.up"], values["scrape.prometheus.node.samples"]], [1, 22]);
});

test("a time on the page is the time of the measurement", async () => {
  const world = new FakeWorld();
  const body = new TextEncoder().encode("a 1 1700000000123\nb 2\na 3 1700000000124\n");
  world.answer = () => ({ headers: { "content-type": CLASSIC }, body });
  const settings = prometheusCollector.options.parse({ targets: [{ name: "t", url: "http://t/" }] });
  const times: [string, number | undefined][] = [];
  await prometheusCollector.create(testContext(world), settings).collect((measurement) => {
    if (measurement.name.includes(".prom.")) times.push([measurement.name.slice(-1), measurement.wallMs]);
  }, new AbortController().signal);
  assert.deepEqual(times, [
    ["a", 1_700_000_000_123],
    ["a", 1_700_000_000_124],
    ["b", undefined],
  ]);
});

test("series over the limit are dropped and counted, the unknown ones first", async () => {
  const made = bench({
    maxSeries: 2,
    targets: [{ name: "connect", url: "http://connect/metrics", dialect: "connect" }],
  });
  made.pages.set("connect", "a 1\nb 2\nc 3\ncontent_hits_total 4\n");
  assert.deepEqual(readings((await made.scrape()).values), { "content.hits.total": 4, "prom.raw.a": 1 });
  assert.equal(await counted(made.context, "lockstep_prometheus_dropped_total", { reason: "series_limit" }), 2);
});

test("a target that fails disturbs no other, and says so under its own name", async () => {
  const made = bench({
    targets: [
      { name: "good", url: "http://good/metrics" },
      { name: "bad", url: "http://bad/metrics?token=hidden" },
    ],
  });
  made.pages.set("good", "a 1\n");
  const failures: readonly (string | number | Error)[] = [
    503,
    302,
    "<html>\n",
    "a 1\n# EOF missing",
    new Error("refused"),
  ];
  for (const failure of failures) {
    made.pages.set("bad", failure);
    const { values, error } = await made.scrape();
    assert.equal(error, undefined, "a part of the targets answered");
    assert.equal(values["scrape.prometheus.good.up"], 1);
    assert.equal(values["prom.good.a"], 1);
    assert.equal(values["scrape.prometheus.bad.up"], 0, String(failure));
    assert.ok("scrape.prometheus.bad.duration_seconds" in values);
    assert.ok(!("scrape.prometheus.bad.samples" in values));
  }
  const logged = made.context.logged.join("\n");
  assert.match(logged, /could not scrape bad at http:\/\/bad\/metrics: it answered with status 302 \(to \/login;/);
  assert.doesNotMatch(logged, /hidden/);
});

test("the collection fails when no target answered", async () => {
  const made = bench({ targets: [{ name: "bad", url: "http://bad/metrics" }] });
  made.pages.set("bad", 500);
  const { error } = await made.scrape();
  assert.ok(error instanceof LockstepError);
  assert.equal(error.code, "PROMETHEUS_SCRAPE");
  assert.equal((error.cause as LockstepError).code, "PROMETHEUS_STATUS");
});

test("a token is read from its file for every scrape, and never shown", async () => {
  const made = bench({ targets: [{ name: "t", url: "http://t/metrics", bearerTokenFile: "/token" }] });
  const rows: readonly (readonly [string | undefined, string | undefined])[] = [
    ["s3cret\n", "Bearer s3cret"],
    ["replaced", "Bearer replaced"],
    ["two\nlines", undefined],
    ["", undefined],
    [undefined, undefined],
  ];
  for (const [content, header] of rows) {
    made.world.requests.length = 0;
    if (content === undefined) made.world.fileByPath.delete("/token");
    else made.world.fileByPath.set("/token", content);
    const { error } = await made.scrape();
    const { authorization } = made.world.requests[0]?.headers ?? {};
    assert.equal(authorization, header, String(content));
    assert.equal(error === undefined, header !== undefined);
    assert.doesNotMatch(String((error as Error | undefined)?.cause), /two|lines/);
  }
});

test("settings that can't be meant are refused with a reason", () => {
  const url = "http://127.0.0.1:9100/metrics";
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ targets: [] }, /too_small|Too small/i],
    [{ targets: [{ name: "raw", url }] }, /no target is named raw/],
    [
      {
        targets: [
          { name: "a", url },
          { name: "a", url },
        ],
      },
      /two targets are named a/,
    ],
    [{ targets: [{ name: "A b", url }] }, /small letters/],
    [{ targets: [{ name: "a", url: "file:///etc/passwd" }] }, /address of a page/],
    [{ targets: [{ name: "a", url: "http://u:p@h/" }] }, /without user or password/],
    [{ targets: [{ name: "a", url: "nonsense" }] }, /address of a page/],
    [
      {
        targets: [
          { name: "a", url, dialect: "connect" },
          { name: "b", url, dialect: "connect" },
        ],
      },
      /only one target/,
    ],
    [{ targets: [{ name: "a", url, token: "x" }] }, /token/],
    [{ maxSeries: 0 }, /maxSeries/],
  ];
  for (const [settings, reason] of wrong) {
    const parsed = prometheusCollector.options.safeParse(settings);
    assert.equal(parsed.success, false, JSON.stringify(settings));
    assert.match(JSON.stringify(parsed.error!.issues), reason);
  }
});
