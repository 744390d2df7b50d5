/** What holds for a whole query: what it fetches, what it may cost, how it ends early, and what outlives a call in it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueryEnvironment } from "#src/query/environment.ts";
import type { QueryRequest } from "#src/query/evaluator.ts";
import { queryLimits } from "#src/query/limits.ts";
import { UTC } from "#src/query/time-zone.ts";
import { type MemoryReader, memoryReader } from "../support/memory-reader.ts";
import { evaluate, NOON_SECONDS, queryEnvironment } from "../support/query-environment.ts";
import { parseScript } from "../support/script.ts";

const { series } = parseScript(`
load a.x every 60s at 11:00: 1..61
load a.y every 60s at 11:00: 1 _ 3 _ 5 _ 7x55
load a.z every 60s at 11:00: 2x61
load cpu;host=h1 every 60s at 11:00: 1x61
`);

function request(targets: readonly string[], changes: Partial<QueryRequest> = {}): QueryRequest {
  return {
    targets,
    fromSeconds: NOON_SECONDS - 600,
    untilSeconds: NOON_SECONDS,
    nowSeconds: NOON_SECONDS,
    timeZone: UTC,
    xFilesFactor: 0,
    templateValues: new Map(),
    ...changes,
  };
}

async function names(reader: MemoryReader, targets: readonly string[], environment?: Partial<QueryEnvironment>) {
  const found = await evaluate(queryEnvironment(reader, environment), request(targets));
  return found.map(({ name }) => name);
}

test("the same path over the same range is fetched once, over another range once more", async () => {
  const reader = memoryReader(series);
  await names(reader, [
    "a.x",
    "sumSeries(a.x,a.x)",
    "movingAverage(a.x,5)",
    "movingMax(a.x,5)",
    'timeShift(a.x,"5min")',
  ]);
  const ranges = reader.fetches.map(({ fromSeconds, untilSeconds }) => [
    fromSeconds - NOON_SECONDS,
    untilSeconds - NOON_SECONDS,
  ]);
  assert.deepEqual(ranges, [
    [-600, 0],
    [-900, 0],
    [-900, -300],
  ]);
});

test("a tagged name is fetched as the one series that it names", async () => {
  const tagged = memoryReader([...series, { ...series[3]!, name: "cpu;dc=a;host=h1" }]);
  assert.deepEqual(await names(tagged, ["cpu;host=h1"]), ["cpu;host=h1"]);
  assert.deepEqual(await names(tagged, ["cpu;host=h1;dc=a"]), ["cpu;dc=a;host=h1"]);
});

test("setXFilesFactor holds for what comes after it, in later targets too", async () => {
  const environment = queryEnvironment(memoryReader(series));
  const factors = async (targets: readonly string[]): Promise<number[]> =>
    (await evaluate(environment, request(targets))).map(({ xFilesFactor }) => xFilesFactor);
  assert.deepEqual(await factors(["a.x", "xFilesFactor(a.y,0.5)", "a.z"]), [0, 0.5, 0.5]);
  assert.deepEqual(await factors(["timeShift(xFilesFactor(a.y,0.5),'1min')", "a.z"]), [0.5, 0.5]);
});

test("a stack goes on from target to target", async () => {
  const environment = queryEnvironment(memoryReader(series));
  const [first, second] = await evaluate(environment, request(["stacked(a.z)", "stacked(a.x)"]));
  assert.deepEqual([first!.values[0], second!.values[0]], [2, 54]);
});

test("blank targets are passed over, and no targets find nothing", async () => {
  assert.deepEqual(await names(memoryReader(series), ["", "  ", "a.x"]), ["a.x"]);
  assert.deepEqual(await names(memoryReader(series), []), []);
});

const LIMITED: readonly (readonly [
  limit: Partial<Record<string, number>>,
  targets: readonly string[],
  code: string,
  setting: RegExp,
])[] = [
  [{ targetsPerQuery: 1 }, ["a.x", "a.y"], "QUERY_TARGET_LIMIT", /query\.targetsPerQuery allows \(1\)/],
  [{ targetBytes: 2 }, ["a.x"], "QUERY_TARGET_LIMIT", /query\.targetBytes allows \(2\)/],
  [{ targetDepth: 2 }, ["abs(abs(abs(a.x)))"], "QUERY_TARGET_LIMIT", /query\.targetDepth allows \(2\)/],
  [{ seriesPerQuery: 2 }, ["a.*"], "QUERY_SERIES_LIMIT", /query\.seriesPerQuery allows \(2\)/],
  [{ seriesPerQuery: 2 }, ["a.x", "a.y", "a.z"], "QUERY_SERIES_LIMIT", /query\.seriesPerQuery/],
  [{ pointsPerSeries: 9 }, ["a.x"], "QUERY_POINTS_LIMIT", /query\.pointsPerSeries allows \(9\)/],
  [{ pointsPerQuery: 25 }, ["a.*"], "QUERY_POINTS_LIMIT", /query\.pointsPerQuery allows \(25\)/],
  [{ pointsPerSeries: 100 }, ['time("t",1)'], "QUERY_POINTS_LIMIT", /query\.pointsPerSeries/],
  [{ pointsPerSeries: 100 }, ['summarize(a.x,"1s")'], "QUERY_POINTS_LIMIT", /query\.pointsPerSeries/],
  [{ pointsPerQuery: 100 }, ['timeStack(a.x,"1min",0,50)'], "QUERY_POINTS_LIMIT", /query\.pointsPerQuery/],
];

test("what would cost too much is refused by the setting that would allow it", async () => {
  for (const [limit, targets, code, message] of LIMITED) {
    const environment = queryEnvironment(memoryReader(series), { limits: queryLimits.parse(limit) });
    await assert.rejects(evaluate(environment, request(targets)), { code, message }, JSON.stringify(limit));
  }
});

test("a query that takes too long is given up", async () => {
  let elapsedMs = 0;
  const clock = { wallMs: () => NOON_SECONDS * 1000, monotonicMs: () => (elapsedMs += 4_000) };
  const environment = queryEnvironment(memoryReader(series), { clock });
  await assert.rejects(evaluate(environment, request(["abs(a.x)"])), { code: "QUERY_FUNCTION" });
  const slow = `scale(${"scale(".repeat(8)}a.x${",1)".repeat(8)},1)`;
  await assert.rejects(evaluate(environment, request([slow])), {
    code: "QUERY_TIMEOUT",
    message: /query\.queryMs/,
  });
});

test("a query whose client has left stops at the next step", async () => {
  const controller = new AbortController();
  const reader = memoryReader(series);
  const find = reader.find;
  const leaving = {
    ...reader,
    find: (query: Parameters<typeof find>[0]) => {
      controller.abort();
      return find(query);
    },
  };
  const asked = evaluate(queryEnvironment(leaving), request(["scale(a.x,1)"]), controller.signal);
  await assert.rejects(asked, { code: "QUERY_CANCELLED" });
});

test("a long query lets others run in between", async () => {
  let elapsedMs = 0;
  let turns = 0;
  const environment = queryEnvironment(memoryReader(series), {
    clock: { wallMs: () => NOON_SECONDS * 1000, monotonicMs: () => (elapsedMs += 10) },
    timers: {
      after(delayMs, run) {
        turns++;
        assert.equal(delayMs, 0);
        queueMicrotask(run);
        return { cancel: () => assert.fail("nothing is cancelled") };
      },
    },
  });
  await evaluate(environment, request(["scale(scale(a.x,1),1)"]));
  assert.ok(turns >= 2, `${turns} turns`);
});

test("errors of the store pass through as they are", async () => {
  const broken = { ...memoryReader(series), fetch: () => Promise.reject(new Error("the disk is gone")) };
  await assert.rejects(evaluate(queryEnvironment(broken), request(["a.x"])), /^Error: the disk is gone$/);
});

test("series go on undisturbed when a function changes a copy of them", async () => {
  const environment = queryEnvironment(memoryReader(series));
  const targets = ["a.x", "keepLastValue(a.y)", "a.y", "transformNull(a.y,9)", "delay(a.x,1)", "a.x"];
  const found = await evaluate(environment, request(targets));
  assert.deepEqual(found[5], found[0]);
  assert.deepEqual(found[2]!.values, (await evaluate(environment, request(["a.y"])))[0]!.values);
});
