/** The HTTP API, endpoint by endpoint and parameter by parameter: our answers beside those of a real graphite-web. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GraphiteApp, startGraphiteApp } from "../support/graphite-app.ts";
import { type Answer, type GraphiteWeb, graphiteWebMissing, startGraphiteWeb } from "../support/graphite-web.ts";
import { memoryReader } from "../support/memory-reader.ts";
import { NOON_SECONDS, queryEnvironment } from "../support/query-environment.ts";
import { parseScript } from "../support/script.ts";

const { series } = parseScript(`
load a.b every 60s at 11:50: 0 1 2 _ 4 5 6.5 1e20 8 -1e-7 10
load a.c every 60s at 11:50: _ _ _ _ _ _ _ _ _ _ _
load a.c.d every 60s at 11:50: 1x11
load dif.web.a every 60s at 11:50: 1x11
load dif.db.a every 60s at 11:50: 2x11
load dif.db.b%20c every 60s at 11:50: 2x11
load cpu;dc=a;host=h1 every 60s at 11:50: 1x11
load cpu;dc=a;host=h2 every 60s at 11:50: 2x11
load cpu;dc=b;host=h1 every 60s at 11:50: 3x11
load mem;host=h3 every 60s at 11:50: 4x11
`);

const missing = graphiteWebMissing();
let oracle: GraphiteWeb;
let app: GraphiteApp;

before(async () => {
  if (missing !== undefined) return;
  oracle = await startGraphiteWeb();
  await oracle.load(series);
  app = await startGraphiteApp(queryEnvironment(memoryReader(series)));
});
after(async () => {
  await app?.close();
  await oracle?.close();
});

const RANGE = `from=${NOON_SECONDS - 600}&until=${NOON_SECONDS}&now=${NOON_SECONDS}`;

/** The answers must be the same byte for byte. */
const SAME_BYTES: readonly string[] = [
  ...[
    "json",
    "json&pretty=1",
    "json&noNullPoints=1",
    "raw",
    "csv",
    "csv&tz=America/New_York",
    "dygraph",
    "rickshaw",
  ].flatMap((format) => [
    `/render?target=a.b&${RANGE}&format=${format}`,
    `/render?target=a.*&${RANGE}&format=${format}`,
    `/render?target=missing&${RANGE}&format=${format}`,
    `/render?target=alias(a.b,%22x,%20%C3%BC%22)&target=scale(a.b,2)&${RANGE}&format=${format}`,
    `/render?target=countSeries(a.*)&${RANGE}&format=${format}`,
  ]),
  ...[1, 2, 3, 4, 5, 9, 10, 11].map((points) => `/render?target=a.*&${RANGE}&format=json&maxDataPoints=${points}`),
  `/render?target=a.b&${RANGE}&format=json&maxDataPoints=x`,
  `/render?target=a.b&${RANGE}&format=json&jsonp=draw`,
  `/render?target=a.b&${RANGE}&format=rickshaw&pretty=1`,
  `/render?target=a.b&${RANGE}&rawData=1`,
  `/render?target[]=a.b&target[]=a.c&${RANGE}&format=json`,
  `/render?target=template(a.$x)&template[x]=b&${RANGE}&format=json`,
  `/render?${RANGE}&format=json`,
  `/render?target=&target=%20&${RANGE}&format=json`,
  `/render?target=sumSeries(a.*)&${RANGE}&format=json&xFilesFactor=1`,
  `/render?target=a.b&from=-5min&until=-2min&now=${NOON_SECONDS}&format=json`,
  `/render?target=a.b&from=11:55_20231114&until=noon_20231114&now=${NOON_SECONDS}&format=json`,
  `/render?target=a.b&from=06:55_20231114&until=07:00_20231114&tz=America/New_York&now=${NOON_SECONDS}&format=json`,
  `/render?target=a.b&from=${NOON_SECONDS}&until=${NOON_SECONDS - 600}&now=${NOON_SECONDS}&format=json`,
  "/metrics/find?query=[a-c]",
  "/metrics/find?query=d*",
  "/metrics/find?query=a.*",
  "/metrics/find?query=a.*&wildcards=1",
  "/metrics/find?query=dif.{web,db}.*",
  "/metrics/find?query=dif.*.a&wildcards=1",
  "/metrics/find?query=dif.db.b*",
  "/metrics/find?query=missing.*",
  "/metrics/find?query=a.*&leavesOnly=1",
  "/metrics/find?query=a.b&format=completer",
  "/metrics/find?query=a.&format=completer",
  "/metrics/find?query=di&format=completer",
  "/metrics/find?query=dif.db.&format=completer&wildcards=1",
  "/metrics/find?query=dif..a&format=completer",
  "/metrics/find?query=dif.*.*&format=nodelist",
  "/metrics/find?query=dif.*.*&format=nodelist&position=1",
  "/metrics/find?query=a.*&jsonp=show",
  "/metrics/find?query=a.b&pretty=1",
  "/metrics/expand?query=a.*",
  "/metrics/expand?query=a.*&query=dif.*.a",
  "/metrics/expand?query=a.*&query=dif.*.a&groupByExpr=1",
  "/metrics/expand?query=a.*&leavesOnly=1",
  "/tags/findSeries?expr=dc=a",
  "/tags/findSeries?expr=name=cpu&expr=dc!=a",
  "/tags/findSeries?expr=host=~h[12]&expr=dc=~a|b&pretty=1",
  "/tags/findSeries?expr=name=~.&expr=dc=",
  "/tags/findSeries?expr[]=host!=~h[12]&expr[]=name=~.",
  "/tags/autoComplete/tags",
  "/tags/autoComplete/tags?tagPrefix=h",
  "/tags/autoComplete/tags?expr=name=cpu",
  "/tags/autoComplete/tags?expr=name=cpu&limit=1",
  "/tags/autoComplete/values?tag=host",
  "/tags/autoComplete/values?tag=host&valuePrefix=h3",
  "/tags/autoComplete/values?tag=host&expr=dc=a",
  "/tags/autoComplete/values?tag=host&limit=2",
];

/** Where graphite-web lists the names as its directories have them: in any order. */
const SAME_NAMES: readonly string[] = ["/metrics/find?query=dif.web,db.a&format=completer&automatic_variants=1"];

/** Both refuse with the same status. */
const SAME_STATUS: readonly string[] = [
  `/render?target=a.b&from=${NOON_SECONDS}&until=${NOON_SECONDS}&now=${NOON_SECONDS}&format=json`,
  `/render?target=a.b&from=1h&format=json`,
  `/render?target=nothing(a.b)&${RANGE}&format=json`,
  `/render?target=a.b&${RANGE}&format=json&xFilesFactor=x`,
  "/metrics/find",
  "/metrics/find?query=",
  "/metrics/find?query=a&format=x",
  "/metrics/find?query=a&from=x",
  "/metrics/find?query=a&wildcards=x",
  "/tags/findSeries",
  "/tags/autoComplete/values",
];

for (const path of SAME_BYTES) {
  test(`same answer: ${path}`, { skip: missing ?? false }, async () => {
    const [theirs, ours] = await both(path);
    assert.equal(ours.status, theirs.status, theirs.body);
    assert.equal(ours.body.trimEnd(), theirs.body.trimEnd());
    assert.equal(mediaType(ours), mediaType(theirs));
  });
}

for (const path of SAME_NAMES) {
  test(`same names: ${path}`, { skip: missing ?? false }, async () => {
    const [theirs, ours] = await both(path);
    assert.deepEqual(metricsOf(ours), metricsOf(theirs));
  });
}

for (const path of SAME_STATUS) {
  test(`same refusal: ${path}`, { skip: missing ?? false }, async () => {
    const [theirs, ours] = await both(path);
    assert.equal(ours.status, theirs.status, theirs.body.slice(0, 500));
  });
}

async function both(path: string): Promise<[theirs: Answer, ours: Answer]> {
  const [address, query = ""] = path.split("?") as [string, string?];
  const parameters = [...new URLSearchParams(query)];
  const response = await fetch(app.url + path);
  const ours = {
    status: response.status,
    contentType: response.headers.get("content-type") ?? "",
    body: await response.text(),
  };
  return [await oracle.get(address, parameters), ours];
}

function metricsOf({ body }: Answer): readonly string[] {
  const { metrics } = JSON.parse(body) as { readonly metrics: readonly unknown[] };
  return metrics.map((metric) => JSON.stringify(metric)).sort();
}

function mediaType({ contentType }: Answer): string {
  return contentType.split(";")[0]!;
}
