/**
 * Our reader against Prometheus itself: it scrapes the same pages over HTTP, and every series it knows afterwards has to be
 * one of ours, with the same labels and the same value, and the other way round. Quantiles against its
 * `histogram_quantile`, and which lines are refused against `promtool`.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bucketQuantile, bucketsByLabels } from "#src/exposition/histogram.ts";
import { parsePage } from "#src/exposition/page.ts";
import { freePort, type Program, startProgram, until } from "../support/live.ts";
import { seeded } from "../support/random.ts";

const CLASSIC = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const QUANTILES = [0, 0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 1];

interface FrozenPage {
  readonly contentType: string;
  readonly body: Uint8Array;
}

const random = seeded();
/** By the job under which Prometheus scrapes them. */
const pages = new Map<string, FrozenPage>();
let directory: string;
let server: Server;
let prometheus: Program;
let prometheusUrl: string;

before(async () => {
  for (const name of ["connect-classic.txt", "connect-otel.om.txt", "odd.txt", "odd.om.txt"]) {
    const body = readFileSync(new URL(`../../../test/fixtures/exposition/${name}`, import.meta.url));
    pages.set(name, { contentType: name.includes(".om.") ? OPENMETRICS : CLASSIC, body });
  }
  pages.set("node_exporter", { contentType: CLASSIC, body: await nodeExporterPage() });
  pages.set("histograms", { contentType: CLASSIC, body: new TextEncoder().encode(randomHistograms()) });
  pages.set("labels", { contentType: CLASSIC, body: new TextEncoder().encode(randomLabels()) });
  server = createServer((request, response) => {
    const page = pages.get(decodeURIComponent(request.url!.slice(1)));
    response.writeHead(page === undefined ? 404 : 200, { "content-type": page?.contentType ?? CLASSIC });
    response.end(page?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  directory = mkdtempSync(join(tmpdir(), "lockstep-prometheus-"));
  await startPrometheus((server.address() as AddressInfo).port);
});

after(async () => {
  await prometheus?.stop();
  server?.close();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

async function nodeExporterPage(): Promise<Uint8Array> {
  const port = await freePort();
  const exporter = startProgram("prometheus-node-exporter", [`--web.listen-address=127.0.0.1:${port}`]);
  try {
    return await until(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    }, exporter.output);
  } finally {
    await exporter.stop();
  }
}

async function startPrometheus(pagePort: number): Promise<void> {
  const jobs = [...pages.keys()].map(
    (job) =>
      `  - job_name: "${job}"\n    metrics_path: "/${job}"\n    honor_labels: true\n    honor_timestamps: false\n` +
      `    static_configs: [{ targets: ["127.0.0.1:${pagePort}"] }]\n`,
  );
  const config = join(directory, "prometheus.yml");
  writeFileSync(config, `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:\n${jobs.join("")}`);
  const port = await freePort();
  prometheusUrl = `http://127.0.0.1:${port}`;
  prometheus = startProgram("prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  let failures: readonly string[] = [];
  const settled = async () => {
    failures = await scrapeErrors();
    const ups = await query("up == 1");
    return ups.length === pages.size ? true : undefined;
  };
  await until(settled, () => `${failures.join("; ")} ${prometheus.output()}`);
}

/** Why Prometheus could not use a page. */
async function scrapeErrors(): Promise<string[]> {
  const answer = await fetch(`${prometheusUrl}/api/v1/targets`);
  const { data } = (await answer.json()) as { data: { activeTargets: { scrapePool: string; lastError: string }[] } };
  return data.activeTargets
    .filter(({ lastError }) => lastError !== "")
    .map((one) => `${one.scrapePool}: ${one.lastError}`);
}

interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function query(expression: string): Promise<readonly PrometheusSeries[]> {
  const answer = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body = (await answer.json()) as { status: string; error?: string; data: { result: PrometheusSeries[] } };
  assert.equal(body.status, "success", `${expression}: ${body.error}`);
  return body.data.result;
}

/** As both sides write a series: sorted, without empty labels (to Prometheus they are no labels at all). */
function seriesKey(labels: Iterable<readonly [string, string]>): string {
  return JSON.stringify([...labels].filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : 1)));
}

function valueKey(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** What Prometheus adds of its own to every target. */
const ITS_OWN = /^(?:up|scrape_\w+)$/;

async function seenByPrometheus(job: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { metric, value } of await query(`{job="${job}"}`)) {
    const { job: _, instance: __, ...labels } = metric;
    const { __name__: name } = labels;
    if (ITS_OWN.test(name!)) continue;
    found.set(seriesKey(Object.entries(labels)), valueKey(goValue(value[1])));
  }
  return found;
}

function goValue(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

function seenByUs({ body, contentType }: FrozenPage): Map<string, string> {
  const page = parsePage(body, { contentType });
  assert.deepEqual(page.problems, []);
  const found = new Map<string, string>();
  for (const { name, labels, value } of page.families.flatMap((family) => family.samples)) {
    const pairs = labels.map((label) => [label.name, label.value] as const);
    found.set(seriesKey([["__name__", name], ...pairs]), valueKey(value));
  }
  assert.equal(found.size, page.sampleCount, "no series is there twice");
  return found;
}

test("every series of every page has the labels and the value that Prometheus sees", async (context) => {
  for (const [job, page] of pages) {
    const ours = seenByUs(page);
    const theirs = await seenByPrometheus(job);
    assert.deepEqual(
      [...ours].filter(([series]) => !theirs.has(series)),
      [],
      `${job}: only we see`,
    );
    assert.deepEqual(
      [...theirs].filter(([series, value]) => ours.get(series) !== value),
      [],
      `${job}: Prometheus sees`,
    );
    context.diagnostic(`${job}: ${ours.size} series are the same`);
  }
});

test("types, helps and units are those that Prometheus keeps", async () => {
  for (const [job, { body, contentType }] of pages) {
    const address = encodeURIComponent(`{job="${job}"}`);
    const answer = await fetch(`${prometheusUrl}/api/v1/targets/metadata?match_target=${address}`);
    const { data } = (await answer.json()) as {
      data: readonly { metric: string; type: string; help: string; unit: string }[];
    };
    const theirs = new Map(data.map(({ metric, type, help, unit }) => [metric, { type, help, unit }]));
    const declared = parsePage(body, { contentType }).families.filter(({ name }) => theirs.has(name));
    assert.equal(declared.length, theirs.size, job);
    for (const { name, type, help, unit } of declared) {
      assert.deepEqual({ type, help, unit }, theirs.get(name), `${job} ${name}`);
    }
  }
});

/** Histograms of every kind that a page can hold, the broken ones among them. */
function randomHistograms(): string {
  let text = "# TYPE h histogram\n";
  for (let i = 0; i < 60; i++) {
    const bounds = Array.from({ length: random.below(6) }, () => (random.below(200) - 40) / 8);
    const distinct = [...new Set(bounds)].sort((a, b) => a - b);
    let count = 0;
    const rows = [...distinct.map(String), ...(random.chance(0.9) ? ["+Inf"] : [])];
    for (const le of rows) {
      count = random.chance(0.1) ? Math.max(0, count - random.below(5)) : count + random.below(20);
      text += `h_bucket{case="${i}",le="${le}"} ${count}\n`;
    }
  }
  return text;
}

/** Label values made of all that could be mistaken for something else. */
function randomLabels(): string {
  const parts = ["\\\\", '\\"', "\\n", "{", "}", ",", "=", " ", "#", "\t", "ü", "🚦", "a", "# EOF", "\\q", "\r", "  1"];
  const value = () => Array.from({ length: random.below(8) }, () => random.pick(parts)).join("");
  return Array.from({ length: 200 }, (_, i) => `l{i="${i}",a="${value()}",b="${value()}"} ${i}\n`).join("");
}

test("quantiles are Prometheus' histogram_quantile", async (context) => {
  const [family] = parsePage(pages.get("histograms")!.body).families;
  const histograms = bucketsByLabels(family!);
  let compared = 0;
  for (const q of QUANTILES) {
    const theirs = new Map<string, number>();
    for (const { metric, value } of await query(`histogram_quantile(${q}, h_bucket)`)) {
      const { case: number } = metric;
      theirs.set(`case=${number!.length}:${number},`, goValue(value[1]));
    }
    for (const [labels, buckets] of histograms) {
      const want = theirs.get(labels)!;
      const got = bucketQuantile(q, buckets);
      const same = Object.is(got, want) || Math.abs(got - want) <= 1e-12 * Math.abs(want);
      assert.ok(same, `seed ${random.seed}, ${labels}, q ${q}: ${got}, Prometheus ${want}: ${JSON.stringify(buckets)}`);
      compared++;
    }
  }
  assert.ok(compared > 300);
  context.diagnostic(`${compared} quantiles are the same`);
});

/** Lines on their own, as `promtool check metrics` (0.0.4, prometheus/common/expfmt) and we judge them. */
const LINES: readonly string[] = [
  "a 1",
  "a{} 1",
  'a{b="c"} 1',
  'a{b="c",} 1',
  'a { b = "c" , d = "e" } 1 2',
  'a{b="\\\\\\"\\n"} +Inf',
  "a 1e3",
  "a .5",
  "a 5.",
  "a -Inf",
  "a NaN",
  "a:b 1",
  "a 1 -5",
  'a{b=""} 1',
  "1a 1",
  "a-b 1",
  "a",
  "a x",
  "a 0x10",
  "a 1_000",
  "a 1e400",
  'a{b="c} 1',
  'a{b="c" d="e"} 1',
  "a{b=c} 1",
  "a{,} 1",
  'a{1b="c"} 1',
  'a{b="1",b="2"} 1',
  "a 1 2 3",
  "a 1 1.5",
  "a 1 now",
  "# TYPE a thing",
  "# TYPE a info",
];

/** Where we read on purpose what promtool refuses, or the other way round. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  [
    'a{b="\\q"} 1',
    "Prometheus' own scraper keeps an unknown escape as it stands, as OpenMetrics says; expfmt refuses it",
  ],
]);

test("a line is refused exactly if promtool refuses it", () => {
  for (const line of [...LINES, ...DIFFERENT.keys()]) {
    const page = parsePage(`good 1\n${line}\n`, { contentType: CLASSIC });
    const { stderr } = spawnSync("promtool", ["check", "metrics"], { input: `good 1\n${line}\n`, encoding: "utf8" });
    const refused = stderr.includes("text format parsing error");
    assert.equal(page.badLines > 0, DIFFERENT.has(line) ? !refused : refused, `${line}: ${stderr}`);
  }
});
