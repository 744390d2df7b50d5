/** What a request has fetched so far: each path and range once. */
import type { FetchedSeries } from "../core/series-store.ts";
import type { TimeRange } from "./function.ts";
import { newSeries, type TimeSeries } from "./series.ts";
import type { SeriesSource } from "./series-source.ts";

export class FetchCache {
  readonly #source: SeriesSource;
  readonly #fetched = new Map<string, Promise<readonly FetchedSeries[]>>();

  constructor(source: SeriesSource) {
    this.#source = source;
  }

  /** Resolves when nothing that was asked for is still on its way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#fetched.values());
  }

  /** The series of a path, by name. */
  byPath(path: string, range: TimeRange, xFilesFactor: number): Promise<TimeSeries[]> {
    return this.#series(path, range, xFilesFactor, () => this.#source.byPath(path, range));
  }

  /** The series that satisfy `seriesByTag(…)`, by name; the call is their path expression. */
  byTags(call: string, specs: readonly string[], range: TimeRange, xFilesFactor: number): Promise<TimeSeries[]> {
    return this.#series(call, range, xFilesFactor, () => this.#source.byTags(specs, range));
  }

  async #series(
    pathExpression: string,
    range: TimeRange,
    xFilesFactor: number,
    fetch: () => Promise<readonly FetchedSeries[]>,
  ): Promise<TimeSeries[]> {
    const key = `${range.fromSeconds} ${range.untilSeconds} ${pathExpression}`;
    const fetching = this.#fetched.get(key) ?? fetch();
    this.#fetched.set(key, fetching);
    return (await fetching).map(({ path, startSeconds, endSeconds, stepSeconds, values }) =>
      newSeries({ name: path, pathExpression, startSeconds, endSeconds, stepSeconds, values, xFilesFactor }),
    );
  }
}
