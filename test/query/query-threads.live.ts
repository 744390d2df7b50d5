/**
 * Large queries in real threads: the same answers, byte for byte, and the main thread stays free whatever they compute.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { realWorld } from "#src/core/real/world.ts";
import type { SeriesReader } from "#src/core/series-store.ts";
import { queryLimits } from "#src/query/limits.ts";
import { QueryThreads } from "#src/query/query-threads.ts";
import { render } from "#src/query/render.ts";
import { type Answer, RequestParameters } from "#src/query/request.ts";
import { answerText } from "../support/answer-text.ts";
import { type MemorySeries, memoryReader } from "../support/memory-reader.ts";
import { NOON_SECONDS, queryEnvironment } from "../support/query-environment.ts";
import { readScripts } from "../support/scripts.ts";

const { threads: realThreads } = realWorld();
const opened: QueryThreads[] = [];
after(async () => {
  for (const threads of opened) await threads.close();
});

function threadsOver(
  series: readonly MemorySeries[],
  limits: Readonly<Record<string, number>> = {},
  reader: SeriesReader = memoryReader(series),
) {
  const { clock } = realWorld();
  const environment = queryEnvironment(reader, {
    clock: { wallMs: () => NOON_SECONDS * 1000, monotonicMs: () => clock.monotonicMs() },
    limits: queryLimits.parse(limits),
  });
  const threads = new QueryThreads(environment, realThreads, 1);
  opened.push(threads);
  return { environment, threads };
}

/** An answer, or the refusal with its code. */
async function outcome(asked: Promise<Answer>): Promise<string> {
  try {
    return answerText(await asked);
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
}

test("every script of the test language has the same answer in a thread", async () => {
  let cases = 0;
  let reader = memoryReader([]);
  const { environment, threads } = threadsOver(
    [],
    {},
    {
      generation: () => cases,
      find: (query) => reader.find(query),
      findTagged: (query) => reader.findTagged(query),
      tagWords: (query) => reader.tagWords(query),
      fetch: (query) => reader.fetch(query),
    },
  );
  for (const { name, script } of readScripts()) {
    if (/random/i.test(name)) continue;
    reader = memoryReader(script.series);
    for (const { parameters, target } of script.cases) {
      const [here, there] = [new RequestParameters(parameters), new RequestParameters(parameters)];
      assert.equal(
        await outcome(threads.render(there)),
        await outcome(render(environment, here)),
        `${name}: ${target}`,
      );
      cases++;
    }
  }
  assert.ok(cases > 500, `${cases} cases`);
});

const HOUR = 360;

function manySeries(count: number, points = HOUR): MemorySeries[] {
  return Array.from({ length: count }, (_, s) => ({
    name: `many.n${s % 10}.s${s}`,
    archives: [
      {
        stepSeconds: 10,
        retentionSeconds: 86_400 * 365,
        startSeconds: NOON_SECONDS - points * 10 + 10,
        values: Array.from({ length: points }, (_, i) => (s * 7919 + i * 31) % 1000),
      },
    ],
  }));
}

test("a query that turns out to be large goes to a thread by itself, small ones stay", async () => {
  const series = manySeries(300);
  const { environment, threads } = threadsOver(series);
  let sent = 0;
  const counting = Object.assign(Object.create(threads) as QueryThreads, {
    render: (...given: Parameters<QueryThreads["render"]>) => {
      sent++;
      return threads.render(...given);
    },
  });
  const ask = (target: string, threaded: boolean) => {
    const parameters = new RequestParameters([
      ["target", target],
      ["from", "-1h"],
      ["format", "json"],
    ]);
    return outcome(render({ ...environment, threads: threaded ? counting : undefined }, parameters));
  };
  const large = "movingAverage(many.*.*,3)";
  assert.equal(await ask(large, true), await ask(large, false));
  assert.equal(sent, 1);
  const small = "sumSeries(many.n1.s1*)";
  assert.equal(await ask(small, true), await ask(small, false));
  assert.equal(sent, 1);
});

test("a computation that does not stop is stopped, while the main thread goes on", async () => {
  const { threads } = threadsOver(manySeries(1, 400_000), { queryMs: 300 });
  const parameters = new RequestParameters([
    ["target", "movingMedian(many.*.*,190000)"],
    ["from", "-20d"],
    ["format", "json"],
  ]);
  let turns = 0;
  const ticking = setInterval(() => turns++, 5);
  await assert.rejects(threads.render(parameters), { code: "QUERY_TIMEOUT", message: /query\.queryMs allows \(300\)/ });
  clearInterval(ticking);
  assert.ok(turns > 20, `the main thread had ${turns} turns`);
  const next = new RequestParameters([
    ["target", "many.*.*"],
    ["from", "-1min"],
    ["format", "json"],
  ]);
  assert.match(answerText(await threads.render(next)), /many\.n0\.s0/);
});

test("limits hold before anything is read or made", async () => {
  const reads: [Record<string, number>, string, string][] = [
    [{ pointsPerQuery: 1000 }, "many.*.*", "QUERY_POINTS_LIMIT"],
    [{ seriesPerQuery: 10 }, "many.*.*", "QUERY_SERIES_LIMIT"],
    [{ bytesPerQuery: 100_000 }, "scale(scale(many.*.*,2),2)", "QUERY_MEMORY_LIMIT"],
  ];
  for (const [limits, target, code] of reads) {
    const { threads } = threadsOver(manySeries(20), limits);
    const asked = threads.render(
      new RequestParameters([
        ["target", target],
        ["from", "-1h"],
        ["format", "json"],
      ]),
    );
    await assert.rejects(asked, { name: "LockstepError", code }, target);
  }
});
