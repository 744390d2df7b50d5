/** What a thread for queries runs: evaluates a request and writes the answer. It asks the main thread for the series. */
import { assert } from "../core/errors.ts";
import type { ThreadProgram, ThreadWorld } from "../core/world.ts";
import { Budget } from "./budget.ts";
import type { Evaluation } from "./environment.ts";
import type { TimeRange } from "./function.ts";
import type { QueryLimits } from "./limits.ts";
import { type PackedSeries, unpackSeries } from "./packed-series.ts";
import { renderFrom } from "./render.ts";
import { type Answer, RequestParameters } from "./request.ts";
import { timeZone } from "./time-zone.ts";

export interface QueryJob {
  readonly parameters: readonly (readonly [string, string])[];
  readonly limits: QueryLimits;
  /** Of requests that name none. */
  readonly timeZone: string;
  /** When the request came, by the clock of whoever gave the job. */
  readonly wallMs: number;
}

/** Series of a path or of tag expressions over a range. */
export interface SeriesQuestion {
  readonly by: { readonly path: string } | { readonly tags: readonly string[] };
  readonly range: TimeRange;
  readonly nowSeconds: number;
}

export const QUERY_THREAD: ThreadProgram<QueryJob, Answer, SeriesQuestion, PackedSeries> = {
  module: import.meta.url,
  run,
};

export async function run(here: ThreadWorld<SeriesQuestion, PackedSeries>, job: QueryJob): Promise<Answer> {
  const zone = timeZone(job.timeZone);
  assert(zone !== undefined, "the settings have let only known time zones through");
  const { timers, random, signal } = here;
  const clock = { wallMs: () => job.wallMs, monotonicMs: () => here.clock.monotonicMs() };
  const evaluation: Evaluation = { clock, timers, random, limits: job.limits, timeZone: zone };
  const parameters = new RequestParameters(job.parameters);
  const answer = await renderFrom(evaluation, parameters, new Budget(evaluation, signal), (nowSeconds) => ({
    byPath: async (path, { fromSeconds, untilSeconds }) =>
      unpackSeries(await here.ask({ by: { path }, range: { fromSeconds, untilSeconds }, nowSeconds })),
    byTags: async (tags, { fromSeconds, untilSeconds }) =>
      unpackSeries(await here.ask({ by: { tags }, range: { fromSeconds, untilSeconds }, nowSeconds })),
  }));
  // A part of a buffer would be sent with the whole of it.
  return typeof answer.body === "string" ? answer : { ...answer, body: answer.body.slice() };
}
