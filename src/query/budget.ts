/** What one query has used, held against its limits; and the places where it lets others run and may be stopped. */
import { LockstepError } from "../core/errors.ts";
import type { Evaluation } from "./environment.ts";
import type { Result } from "./function.ts";
import { limitError } from "./limits.ts";
import type { SeriesList, TimeSeries } from "./series.ts";

/** A query that computes for longer than this in one go lets the event loop turn. */
const SLICE_MS = 8;

/** Thrown when a query that was begun on the main thread turns out to be one for a thread of its own. */
export class NeedsThread extends Error {
  override readonly name = "NeedsThread";
}

export class Budget {
  readonly #environment: Evaluation;
  readonly #signal: AbortSignal | undefined;
  /** Points from which the query needs a thread of its own. */
  readonly #inlinePoints: number;
  readonly #startedMs: number;
  #sliceStartedMs: number;
  #series = 0;
  #points = 0;
  #bytes = 0;
  readonly #counted = new WeakSet<Float64Array>();

  constructor(environment: Evaluation, signal: AbortSignal | undefined, inlinePoints = Number.POSITIVE_INFINITY) {
    this.#environment = environment;
    this.#signal = signal;
    this.#inlinePoints = inlinePoints;
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

  /** To be called before they are read. */
  takeFetched(series: number, pointsOfEach: number): void {
    this.#takeSeriesOf(pointsOfEach);
    this.#takeAll(series * pointsOfEach);
  }

  /** Of one series, to be called before it is made. */
  takePoints(count: number): void {
    this.#takeSeriesOf(count);
    this.#takeAll(count);
  }

  /** What a function made; what it passed on as it was is not counted again. */
  takeResult(result: Result): void {
    for (const item of result) {
      if (isSeriesList(item)) this.takeResult(item);
      else if (!this.#counted.has(item.values)) {
        this.#counted.add(item.values);
        this.#bytes += item.values.byteLength;
      }
    }
    const { limits } = this.#environment;
    if (this.#bytes > limits.bytesPerQuery) {
      const what = `the values that the query works on take more bytes (${this.#bytes})`;
      throw limitError("QUERY_MEMORY_LIMIT", what, limits, "bytesPerQuery");
    }
  }

  #takeSeriesOf(points: number): void {
    const { limits } = this.#environment;
    if (points > limits.pointsPerSeries) {
      throw limitError(
        "QUERY_POINTS_LIMIT",
        `one series would have more points (${points})`,
        limits,
        "pointsPerSeries",
      );
    }
  }

  #takeAll(points: number): void {
    const { limits } = this.#environment;
    this.#points += points;
    if (this.#points > limits.pointsPerQuery) {
      throw limitError("QUERY_POINTS_LIMIT", `the query needs more points (${this.#points})`, limits, "pointsPerQuery");
    }
    if (this.#points > this.#inlinePoints) throw new NeedsThread();
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

function isSeriesList(item: TimeSeries | SeriesList): item is SeriesList {
  return Array.isArray(item);
}
