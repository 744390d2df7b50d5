/** The requests that Grafana's Graphite data source sends, as it sends them, and our answers as golden files. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertGolden } from "../support/golden.ts";
import { type GraphiteApp, startGraphiteApp } from "../support/graphite-app.ts";
import { memoryReader } from "../support/memory-reader.ts";
import { NOON_SECONDS, queryEnvironment } from "../support/query-environment.ts";
import { parseScript } from "../support/script.ts";

const { series } = parseScript(`
load connect.prod.n1.cpu every 10s at 11:59: 0.1 0.2 0.4 _ 0.4 0.3 0.2
load connect.prod.n2.cpu every 10s at 11:59: 0.5 0.5 _ _ 0.6 0.7 0.8
load connect.prod.n1.sessions.active every 60s at 11:55: 3 4 4 5 _ 7
load disk.used;mount=/;node=n1 every 60s at 11:55: 10 11 12 13 14 15
load disk.used;mount=/var;node=n2 every 60s at 11:55: 20 21 22 23 24 25
`);
let app: GraphiteApp;

before(async () => {
  app = await startGraphiteApp(queryEnvironment(memoryReader(series)));
});
after(async () => {
  await app.close();
});

const FROM = NOON_SECONDS - 60;

/** Name of the golden file; method and address; the form as Grafana's URLSearchParams writes it. */
const REQUESTS: readonly (readonly [string, string, string?])[] = [
  [
    "query-of-the-backend",
    "POST /render",
    form([
      ["target", `aliasSub(aliasByNode(connect.prod.*.cpu, 2), "(^.*$)", "\\1 A")`],
      ["target", `aliasSub(sumSeries(connect.prod.*.cpu), "(^.*$)", "\\1 B")`],
      ["from", String(FROM)],
      ["until", String(NOON_SECONDS)],
      ["format", "json"],
      ["maxDataPoints", "1240"],
    ]),
  ],
  [
    "query-of-the-frontend",
    "POST /render",
    form([
      ["target", "summarize(connect.prod.n1.sessions.active, '1min', 'max', false)"],
      ["from", "-10min"],
      ["until", "now"],
      ["format", "json"],
      ["maxDataPoints", "3"],
    ]),
  ],
  [
    "empty-name-keeps-the-reference",
    "POST /render",
    form([
      ["target", `aliasSub(alias(connect.prod.n1.cpu, ""), "(^.*$)", "\\1 A")`],
      ["from", String(FROM)],
      ["until", String(NOON_SECONDS)],
      ["format", "json"],
    ]),
  ],
  [
    "tags",
    "POST /render",
    form([
      ["target", `aliasSub(seriesByTag('name=disk.used')|aliasByTags('node', 'mount'), "(^.*$)", "\\1 A")`],
      ["from", String(NOON_SECONDS - 180)],
      ["until", String(NOON_SECONDS)],
      ["format", "json"],
      ["maxDataPoints", "100"],
    ]),
  ],
  [
    "health-check",
    "POST /render",
    form([
      ["target", "constantLine(100)"],
      ["from", String(NOON_SECONDS - 3_600)],
      ["until", String(NOON_SECONDS)],
      ["format", "json"],
      ["maxDataPoints", "300"],
    ]),
  ],
  [
    "a-mistake-is-a-sentence",
    "POST /render",
    form([
      ["target", "sumSeries(connect.prod.*.cpu"],
      ["format", "json"],
    ]),
  ],
  ["find-a-level", `POST /metrics/find?from=${FROM}&until=${NOON_SECONDS}`, form([["query", "connect.prod.*"]])],
  ["find-the-top", "POST /metrics/find", form([["query", "*"]])],
  ["find-nothing", "POST /metrics/find", form([["query", "nothing.*"]])],
  ["expand", `GET /metrics/expand?query=connect.prod.*.cpu&from=${FROM}&until=${NOON_SECONDS}`],
  ["complete-tags", "GET /tags/autoComplete/tags?expr=name%3Ddisk.used&tagPrefix=m&limit=10000"],
  ["complete-values", "GET /tags/autoComplete/values?expr=name%3Ddisk.used&tag=node&valuePrefix=&limit=10000"],
  ["version", "GET /version"],
  ["function", "GET /functions/movingAverage?pretty=1"],
];

function form(pairs: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(pairs.map(([key, value]): [string, string] => [key, value])).toString();
}

for (const [name, address, body] of REQUESTS) {
  test(`Grafana: ${name}`, async () => {
    const [method, path] = address.split(" ") as [string, string];
    const response = await fetch(app.url + path, {
      method,
      ...(body === undefined ? {} : { body, headers: { "Content-Type": "application/x-www-form-urlencoded" } }),
    });
    const answer = `${response.status} ${response.headers.get("content-type")}\n\n${await response.text()}\n`;
    assertGolden(`grafana/${name}.http`, `${method} ${path}\n\n${body ?? ""}\n\n${answer}`);
  });
}

interface FunctionEntry {
  readonly name: string;
  readonly function: string;
  readonly description: string;
  readonly module: string;
  readonly group: string;
  readonly params: readonly { readonly name: string; readonly type: string }[];
}

test("Grafana: the function list has what the query editor reads of every entry", async () => {
  const response = await fetch(`${app.url}/functions`);
  const list = JSON.parse(await response.text()) as { [name: string]: FunctionEntry; keepLastValue: FunctionEntry };
  assert.ok(Object.keys(list).length > 100);
  for (const [name, entry] of Object.entries(list)) {
    assert.equal(entry.name, name);
    for (const text of [entry.function, entry.description, entry.module, entry.group]) {
      assert.ok(typeof text === "string" && text !== "", name);
    }
    for (const parameter of entry.params) assert.ok(parameter.name !== "" && parameter.type !== "", name);
  }
  const infinite = { name: "limit", type: "intOrInf", default: Number.POSITIVE_INFINITY };
  assert.deepEqual(list.keepLastValue.params[1], infinite);
});
