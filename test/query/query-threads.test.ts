/** Whose turn it is: large queries and the threads they share. The threads are played; the real ones have a live test. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "#src/core/limits.ts";
import type { JobOptions, Threads } from "#src/core/world.ts";
import { queryLimits } from "#src/query/limits.ts";
import { QueryThreads } from "#src/query/query-threads.ts";
import { type Answer, RequestParameters } from "#src/query/request.ts";
import { memoryReader } from "../support/memory-reader.ts";
import { queryEnvironment } from "../support/query-environment.ts";

interface Job {
  readonly thread: number;
  readonly target: string;
  finish(): void;
  fail(code: string): void;
}

/** Threads whose jobs end when the test says so. */
function playedThreads(): { readonly threads: Threads; readonly jobs: Job[]; readonly closed: number[] } {
  const jobs: Job[] = [];
  const closed: number[] = [];
  let started = 0;
  const start = (): ReturnType<Threads["start"]> => {
    const thread = started++;
    return {
      run: (job: unknown, { signal }: JobOptions<unknown, unknown> = {}) =>
        new Promise((resolve, reject) => {
          const { parameters } = job as { readonly parameters: readonly (readonly [string, string])[] };
          const target = parameters[0]![1];
          const answer: Answer = { status: 200, contentType: "text/plain", body: target };
          const fail = (code: string): void => reject(Object.assign(new Error(code), { code }));
          signal?.addEventListener("abort", () => fail("QUERY_CANCELLED"));
          jobs.push({ thread, target, finish: () => resolve(answer), fail });
        }),
      close: () => Promise.resolve(void closed.push(thread)),
    };
  };
  return { threads: { start: start as Threads["start"] }, jobs, closed };
}

interface Waiting {
  readonly delayMs: number;
  readonly run: () => void;
}

/** Timers that run when the test says so. */
function playedTimers() {
  const waiting = new Set<Waiting>();
  return {
    waiting,
    after(delayMs: number, run: () => void) {
      const one = { delayMs, run };
      waiting.add(one);
      return { cancel: () => void waiting.delete(one) };
    },
  };
}

function stage(most: number) {
  const played = playedThreads();
  const timers = playedTimers();
  const environment = queryEnvironment(memoryReader([]), { timers, limits: queryLimits.parse({ queryMs: 1234 }) });
  const threads = new QueryThreads(environment, played.threads, most);
  const ask = (target: string, signal?: AbortSignal) =>
    threads.render(new RequestParameters([["target", target]]), signal);
  return { ...played, timers, threads, ask };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("queries take turns, in order, and threads start only when they are needed", async () => {
  const { ask, jobs } = stage(2);
  const answers = ["a", "b", "c", "d"].map((target) => ask(target));
  await turn();
  assert.deepEqual(
    jobs.map(({ target, thread }) => `${target}${thread}`),
    ["a0", "b1"],
  );
  jobs[1]!.finish();
  await turn();
  jobs[0]!.finish();
  await turn();
  assert.deepEqual(
    jobs.slice(2).map(({ target, thread }) => `${target}${thread}`),
    ["c1", "d0"],
  );
  for (const job of jobs.slice(2)) job.finish();
  assert.deepEqual(
    (await Promise.all(answers)).map(({ body }) => body),
    ["a", "b", "c", "d"],
  );
  const alone = ask("e");
  await turn();
  jobs[4]!.finish();
  await alone;
  assert.ok(jobs[4]!.thread <= 1, "no third thread");
});

test("when too many wait, the next is told to come later, with the setting that would help", async () => {
  const { ask, jobs, threads } = stage(1);
  const first = ask("first");
  const waiting = Array.from({ length: LIMITS.queriesWaiting }, (_, i) => ask(`w${i}`));
  const ended = Promise.allSettled([first, ...waiting]);
  await assert.rejects(ask("one too many"), {
    code: "QUERY_BUSY",
    message: /^100 large queries wait.*query\.threads \(1\)/,
  });
  assert.equal(jobs.length, 1);
  await threads.close();
  for (const result of await ended) {
    assert.equal(result.status === "rejected" && (result.reason as { code: string }).code, "QUERY_CANCELLED");
  }
});

test("who leaves while it waits has had no turn; who leaves at work frees the thread", async () => {
  const { ask, jobs } = stage(1);
  const [working, waiting] = [new AbortController(), new AbortController()];
  const first = ask("first", working.signal);
  const second = ask("second", waiting.signal);
  const third = ask("third");
  await turn();
  waiting.abort();
  await assert.rejects(second, { code: "QUERY_CANCELLED" });
  working.abort();
  await assert.rejects(first, { code: "QUERY_CANCELLED" });
  await turn();
  assert.deepEqual(
    jobs.map(({ target }) => target),
    ["first", "third"],
  );
  jobs[1]!.finish();
  assert.equal((await third).body, "third");
});

test("waiting counts as time, and a thread that ended is no riddle", async () => {
  const { ask, jobs, timers } = stage(1);
  const first = ask("first");
  const second = ask("second");
  await turn();
  [...timers.waiting].at(-1)!.run();
  await assert.rejects(second, { code: "QUERY_TIMEOUT", message: /more milliseconds.*query\.queryMs.*1234/ });
  jobs[0]!.fail("THREAD_ENDED");
  await assert.rejects(first, { code: "QUERY_FAILED" });
  const third = ask("third");
  await turn();
  jobs[1]!.finish();
  assert.equal((await third).body, "third");
});

test("a thread without work is given back after a minute", async () => {
  const { ask, jobs, timers, closed } = stage(1);
  const first = ask("first");
  await turn();
  jobs[0]!.finish();
  await first;
  const [idle] = [...timers.waiting];
  assert.equal(idle!.delayMs, 60_000);
  idle!.run();
  assert.deepEqual(closed, [0]);
  const second = ask("second");
  await turn();
  assert.equal(jobs[1]!.thread, 1);
  jobs[1]!.finish();
  await second;
});
