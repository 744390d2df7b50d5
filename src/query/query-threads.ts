/**
 * Threads for large queries: what one of them computes, and how long, does not hold up the receivers or other requests.
 * Reading stays with the main thread, which has the newest samples; the values are shared, not copied.
 */
import { ColumnPool } from "../core/column-pool.ts";
import { errorCode, LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Threads, Timer, WorkThread } from "../core/world.ts";
import { Budget } from "./budget.ts";
import type { QueryEnvironment } from "./environment.ts";
import { limitError } from "./limits.ts";
import { type PackedSeries, packSeries } from "./packed-series.ts";
import { QUERY_THREAD, type QueryJob, type SeriesQuestion } from "./query-thread.ts";
import type { Answer, RequestParameters } from "./request.ts";
import { StoreSource } from "./store-source.ts";

/** A thread that had nothing to do for so long gives back its memory. */
const IDLE_MS = 60_000;

type Thread = WorkThread<QueryJob, Answer, SeriesQuestion, PackedSeries>;

interface Place {
  readonly thread: Thread;
  idle: Timer | undefined;
}

export class QueryThreads {
  readonly #environment: Omit<QueryEnvironment, "threads">;
  readonly #threads: Threads;
  readonly #most: number;
  readonly #pool = new ColumnPool();
  /** The latest used is the last. */
  readonly #free: Place[] = [];
  readonly #all = new Set<Place>();
  readonly #waiting: ((place: Place) => void)[] = [];
  readonly #closing = new AbortController();

  /** @param most how many threads there may be. */
  constructor(environment: Omit<QueryEnvironment, "threads">, threads: Threads, most: number) {
    this.#environment = environment;
    this.#threads = threads;
    this.#most = most;
  }

  /** @throws LockstepError `QUERY_BUSY`, `QUERY_TIMEOUT`, `QUERY_CANCELLED`, or whatever is wrong with the request. */
  async render(parameters: RequestParameters, signal?: AbortSignal): Promise<Answer> {
    const { clock, timers, limits, timeZone } = this.#environment;
    const deadline = new AbortController();
    const timer = timers.after(limits.queryMs, () => deadline.abort());
    const ended = AbortSignal.any([deadline.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    const wallMs = clock.wallMs();
    try {
      const place = await this.#take(ended);
      try {
        const job: QueryJob = { parameters: pairsOf(parameters), limits, timeZone: timeZone.name, wallMs };
        return await this.#run(place, job, ended);
      } finally {
        this.#give(place);
      }
    } catch (error) {
      if (deadline.signal.aborted)
        throw limitError("QUERY_TIMEOUT", "the query takes more milliseconds", limits, "queryMs");
      if (ended.aborted) throw new LockstepError("QUERY_CANCELLED", "the query was cancelled");
      if (errorCode(error) !== "THREAD_ENDED") throw error;
      throw new LockstepError("QUERY_FAILED", "the query ended its thread: it takes more memory than there is", {
        cause: error,
      });
    } finally {
      timer.cancel();
    }
  }

  /** Queries under way are cancelled. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { idle, thread } of this.#all) {
      idle?.cancel();
      await thread.close();
    }
  }

  async #run({ thread }: Place, job: QueryJob, signal: AbortSignal): Promise<Answer> {
    const columns = this.#pool.lease();
    const { reader, limits, found } = this.#environment;
    const budget = new Budget(this.#environment, signal);
    const answer = await thread.run(job, {
      signal,
      answer: async ({ by, range, nowSeconds }) => {
        const source = new StoreSource({ reader, limits, budget, nowSeconds, columns, found });
        return packSeries("path" in by ? await source.byPath(by.path, range) : await source.byTags(by.tags, range));
      },
    });
    columns.release(); // not after a failure: something may still be on its way into them
    return answer;
  }

  /** A thread that has nothing to do; resolves when it is this query's turn. */
  async #take(signal: AbortSignal): Promise<Place> {
    const free = this.#free.pop();
    if (free !== undefined) {
      free.idle?.cancel();
      return free;
    }
    if (this.#all.size < this.#most) {
      const place = { thread: this.#threads.start(QUERY_THREAD), idle: undefined };
      this.#all.add(place);
      return place;
    }
    if (this.#waiting.length >= LIMITS.queriesWaiting) {
      throw new LockstepError(
        "QUERY_BUSY",
        `${this.#waiting.length} large queries wait for their turn already: ask again later, ask for less, or raise query.threads (${this.#most})`,
      );
    }
    return new Promise((resolve, reject) => {
      const turn = (place: Place): void => {
        signal.removeEventListener("abort", leave);
        resolve(place);
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(new LockstepError("QUERY_CANCELLED", "the query was cancelled"));
      };
      this.#waiting.push(turn);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #give(place: Place): void {
    if (this.#closing.signal.aborted) return;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(place);
      return;
    }
    place.idle = this.#environment.timers.after(IDLE_MS, () => {
      this.#free.splice(this.#free.indexOf(place), 1);
      this.#all.delete(place);
      void place.thread.close();
    });
    this.#free.push(place);
  }
}

function pairsOf(parameters: RequestParameters): [string, string][] {
  return [...parameters.entries()].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
}
