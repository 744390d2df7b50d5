/** The Graphite API as HTTP: how parameters come, what is refused and how, and what happens when things break. */
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, test } from "node:test";
import { NameTable } from "#src/core/name-table.ts";
import type { SeriesReader } from "#src/core/series-store.ts";
import { queryLimits } from "#src/query/limits.ts";
import { type GraphiteApp, startGraphiteApp } from "../support/graphite-app.ts";
import { memoryReader } from "../support/memory-reader.ts";
import { NOON_SECONDS, queryEnvironment } from "../support/query-environment.ts";
import { parseScript } from "../support/script.ts";

const { series } = parseScript(`
load a.x every 60s at 11:50: 1..11
load a.y every 60s at 11:50: 1 _ 3 _ 5 _ 7x5
load tag;host=h1 every 60s at 11:50: 1x11
`);
let app: GraphiteApp;

before(async () => {
  app = await startGraphiteApp(queryEnvironment(memoryReader(series)));
});
after(async () => {
  await app.close();
});

const RANGE = "from=-5min&until=now&format=json";

interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

async function ask(path: string, form?: string, url = app.url): Promise<Answered> {
  const init = { method: "POST", body: form ?? "", headers: { "Content-Type": "application/x-www-form-urlencoded" } };
  const response = await fetch(url + path, form === undefined ? {} : init);
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

function targets({ body }: Answered): string[] {
  return (JSON.parse(body) as { target: string }[]).map(({ target }) => target);
}

test("parameters come from the URL, from the form, or from both", async () => {
  assert.deepEqual(targets(await ask(`/render?target=a.x&target=a.y&${RANGE}`)), ["a.x", "a.y"]);
  assert.deepEqual(targets(await ask("/render", `target=a.x&target=a.y&${RANGE}`)), ["a.x", "a.y"]);
  assert.deepEqual(targets(await ask(`/render?target=a.x&${RANGE}`, "target=a.y")), ["a.x", "a.y"]);
  assert.deepEqual(targets(await ask(`/render/?target[]=a.x&${RANGE}`)), ["a.x"]);
});

test("of a parameter given twice the last counts, and the form comes after the URL", async () => {
  const { body } = await ask(
    "/render?target=a.x&from=-9min&until=now&format=raw",
    "from=-3min&until=-2min&until=-1min",
  );
  assert.match(body, /^a\.x,1699963080,1699963200,60\|9\.0,10\.0\n$/);
});

test("a thousand targets fit into a form", async () => {
  const form = Array.from({ length: 1000 }, (_, i) => `target=alias(a.x,'${i}')`).join("&");
  const names = targets(await ask(`/render?${RANGE}`, form));
  assert.deepEqual([names.length, names[0], names[999]], [1000, "0", "999"]);
});

const REFUSED: readonly (readonly [path: string, sentence: RegExp])[] = [
  [`/render?target=nothing(a.x)&${RANGE}`, /^there is no function "nothing"\n {2}nothing\(a\.x\)\n {2}\^$/],
  [`/render?target=scale(a.x,%22x%22)&${RANGE}`, /^scale\(\) expects a number as "factor", and is given "x"\n/],
  ["/render?target=a.x&from=1h&format=json", /^cannot read the time "1h"/],
  ["/render?target=a.x&from=now&until=now&format=json", /^the range from 1699963200 until 1699963200 is empty$/],
  [
    "/render?target=a.x",
    /^the format png is not supported; right would be format=json \(or csv, raw, dygraph, rickshaw\)/,
  ],
  ["/render?target=a.x&format=pickle", /^the format pickle is not supported/],
  ["/render?target=a.x&format=json&graphType=pie", /^the graphType pie is not supported/],
  [`/render?target=a.x&xFilesFactor=half&${RANGE}`, /^the parameter xFilesFactor is "half", but a number is expected$/],
  [
    `/render?target=a.x&jsonp=alert(1)//&${RANGE}`,
    /^the parameter jsonp is "alert\(1\)\/\/", but the name of a function is/,
  ],
  [`/render?target=seriesByTag('host')&${RANGE}`, /^cannot read the tag expression "host"/],
  [`/render?target=a;b&${RANGE}`, /^cannot read the tags of "a;b"/],
  ["/metrics/find", /^the parameter query is missing or empty$/],
  [
    "/metrics/find?query=a&format=tree",
    /^the parameter format is "tree", but one of treejson, completer, nodelist, json/,
  ],
  ["/metrics/find?query=a&leavesOnly=x", /^the parameter leavesOnly is "x", but a whole number is expected$/],
  ["/metrics/find?query=*&format=nodelist&position=5", /^the parameter position is "5"/],
];

test("mistakes are refused with a sentence in plain text", async () => {
  for (const [path, sentence] of REFUSED) {
    const { status, type, body } = await ask(path);
    assert.deepEqual([status, type], [400, "text/plain; charset=utf-8"], path);
    assert.match(body, sentence);
  }
});

test("what is too much says so by its status, and which setting would allow it", async () => {
  let elapsedMs = 0;
  const clock = { wallMs: () => NOON_SECONDS * 1000, monotonicMs: () => (elapsedMs += 20) };
  const limited = async (limits: Readonly<Record<string, number>>, target: string) => {
    const environment = queryEnvironment(memoryReader(series), { clock, limits: queryLimits.parse(limits) });
    const small = await startGraphiteApp(environment);
    const response = await fetch(`${small.url}/render?target=${target}&${RANGE}`);
    const answer = [response.status, response.headers.get("retry-after"), await response.text()];
    await small.close();
    return answer;
  };
  assert.deepEqual(await limited({ targetsPerQuery: 1 }, "a.x&target=a.y"), [
    413,
    null,
    "there are more targets (2) than query.targetsPerQuery allows (1): ask for less, or raise that setting",
  ]);
  const [status, , sentence] = await limited({ bytesPerQuery: 8 }, "scale(a.x,2)");
  assert.equal(status, 413);
  assert.match(
    String(sentence),
    /^the values that the query works on take more bytes \(\d+\) than query.bytesPerQuery/,
  );
  assert.deepEqual(await limited({ queryMs: 50 }, "scale(scale(scale(a.x,1),1),1)"), [
    503,
    "10",
    "the query takes more milliseconds than query.queryMs allows (50): ask for less, or raise that setting",
  ]);
});

const REFUSED_AS_JSON: readonly (readonly [path: string, status: number, sentence: string])[] = [
  ["/tags/findSeries", 400, "no tag expressions specified"],
  ["/tags/autoComplete/values", 400, "no tag specified"],
  ["/functions/nothing", 404, "Function not found: nothing"],
];

test("endpoints that answer JSON refuse in JSON", async () => {
  for (const [path, status, sentence] of REFUSED_AS_JSON) {
    const answer = await ask(path);
    assert.equal(answer.status, status, path);
    assert.deepEqual(JSON.parse(answer.body), { error: sentence });
  }
});

test("functions are listed by group, grouped, and one by one", async () => {
  const sorting = Object.keys(JSON.parse((await ask("/functions?group=Sorting")).body) as object);
  assert.deepEqual(sorting, ["sortBy", "sortByMaxima", "sortByMinima", "sortByName", "sortByTotal"]);
  const grouped = JSON.parse((await ask("/functions?grouped=1")).body) as Record<string, Record<string, unknown>>;
  assert.deepEqual(Object.keys(grouped).sort().slice(0, 3), ["Alias", "Calculate", "Combine"]);
  assert.equal((JSON.parse((await ask("/functions/sum")).body) as { name: string }).name, "sum");
});

test("answers are not to be kept", async () => {
  const response = await fetch(`${app.url}/render?target=a.x&${RANGE}`);
  assert.equal(response.headers.get("cache-control"), "no-store");
});

test("delSeries deletes by name, whatever the order of the tags, and says true to what is not there", async () => {
  const names = new NameTable(1);
  for (const name of ["a.x", "disk;host=n1;mount=/", "a.y"]) names.addSeries(name);
  const deleted: number[][] = [];
  const series = { names, delete: async (ids: readonly number[]) => void deleted.push([...ids]) };
  const deleting = await startGraphiteApp(queryEnvironment(memoryReader([])), series);
  const del = (query: string, form: string) => ask(`/tags/delSeries${query}`, form, deleting.url);
  const json = { status: 200, type: "application/json; charset=utf-8", body: "true" };
  const disk = encodeURIComponent("disk;mount=/;host=n1");
  assert.deepEqual(await del("", `path=a.x&path=${disk}&path=none`), json);
  assert.deepEqual(await del("?path[]=a.y", ""), json);
  assert.deepEqual(await del("", ""), { ...json, status: 400, body: '{"error":"no path specified"}' });
  assert.equal((await del("?path=disk;host", "")).status, 400);
  assert.equal((await ask("/tags/delSeries?path=a.x", undefined, deleting.url)).status, 404, "no GET");
  await deleting.close();
  assert.deepEqual(deleted, [[0, 1], [2]]);
});

test("a broken store is our mistake and no refusal", async () => {
  const broken = await startGraphiteApp(
    queryEnvironment({ ...memoryReader(series), find: () => Promise.reject(new Error("the disk is gone")) }),
  );
  const { status, body } = await ask(`/render?target=a.x&${RANGE}`, undefined, broken.url);
  await broken.close();
  assert.deepEqual([status, body], [500, "internal error"]);
  assert.deepEqual(broken.errors.map(String), ["Error: the disk is gone"]);
});

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

test("a query ends when its client leaves", async () => {
  const started = signal();
  const gone = signal();
  const reader = memoryReader(series);
  let fetches = 0;
  const slow: SeriesReader = {
    ...reader,
    async find(query) {
      started.give();
      await gone.given;
      return reader.find(query);
    },
    fetch(query) {
      fetches++;
      return reader.fetch(query);
    },
  };
  const leaving = await startGraphiteApp(queryEnvironment(slow));
  // Not fetch(): it opens a second connection, and keeps it for some seconds.
  const asked = get(`${leaving.url}/render?target=a.x&target=a.y&${RANGE}`).on("error", () => undefined);
  await started.given;
  asked.destroy();
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  while ((await leaving.connections()) > 0) await turn();
  await turn(); // a connection is counted out just before the response hears of it
  gone.give();
  await leaving.close();
  assert.equal(fetches, 1, "the first target was under way, the second is not begun");
  assert.deepEqual(leaving.errors, []);
});

test("the clock of the environment is now", async () => {
  const { body } = await ask("/render?target=time('t',60)&from=-2min&until=now&format=raw");
  assert.equal(body, `t,${NOON_SECONDS - 120},${NOON_SECONDS},60|${NOON_SECONDS - 120}.0,${NOON_SECONDS - 60}.0\n`);
});
