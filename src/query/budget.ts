/** What one query has used, held against its limits; and the places where it lets others run and may be stopped. */
import { LockstepError } from "../core/errors.ts";
import type { QueryEnvironment } from "./environment.ts";
import { limitError } from "./limits.ts";

/** A query that computes for longer than this in one go lets the event loop turn. */
const SLICE_MS = 8;

export class Budget {
  readonly #environment: QueryEnvironment;
  readonly #signal: AbortSignal | undefined;
  readonly #startedMs: number;
  #sliceStartedMs: number;
  #series = 0;
  #points = 0;

  constructor(environment: QueryEnvironment, signal: AbortSignal | undefined) {
    this.#environment = environment;
    this.#signal = signal;
    this.#startedMs = environment.clock.monotonicMs();
    this.#sliceStartedMs = this.#startedMs;
  }

  takeSeries(count: number): void {
    this.#series += count;
    const { limits } = this.#environment;
    if (this.#series > limits.seriesPerQuery) {
      throw limitError("QUERY_SERIES_LIMIT", `the query finds more series (${this.#series})`, limits, "seriesPerQuery");
    }
  }

  /** Of one series. */
  takePoints(count: number): void {
    const { limits } = this.#environment;
    if (count > limits.pointsPerSeries) {
      throw limitError("QUERY_POINTS_LIMIT", `one series would have more points (${count})`, limits, "pointsPerSeries");
    }
    this.#points += count;
    if (this.#points > limits.pointsPerQuery) {
      throw limitError("QUERY_POINTS_LIMIT", `the query needs more points (${this.#points})`, limits, "pointsPerQuery");
    }
  }

  /**
   * To be awaited between two steps of the work.
   * @throws LockstepError `QUERY_TIMEOUT`, or `QUERY_CANCELLED` when nobody waits for the answer any more.
   */
  async pause(): Promise<void> {
    const nowMs = this.#environment.clock.monotonicMs();
    if (nowMs - this.#sliceStartedMs > SLICE_MS) {
      await new Promise<void>((resolve) => this.#environment.timers.after(0, resolve));
      this.#sliceStartedMs = this.#environment.clock.monotonicMs();
    }
    if (this.#signal?.aborted === true) throw new LockstepError("QUERY_CANCELLED", "the query was cancelled");
    const { limits } = this.#environment;
    if (nowMs - this.#startedMs > limits.queryMs) {
      throw limitError("QUERY_TIMEOUT", "the query takes more milliseconds", limits, "queryMs");
    }
  }
}
