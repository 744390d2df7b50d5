/**
 * What series say now, and over the last hour: read through the store, for pages that many browsers look at.
 *
 * Whoever asks the same within a moment shares one answer, so a hundred browsers cost the store as much as one.
 */
import type { FetchedSeries, FoundSeries, SeriesReader } from "../core/series-store.ts";
import type { Clock } from "../core/world.ts";

/** How far back a value still counts as news at all. */
export const LATEST_SECONDS = 300;
/** The last hour is told in minutes. */
export const HISTORY_POINTS = 60;
const LATEST_SHARED_MS = 1_000;
const HISTORY_SHARED_MS = 10_000;
/** Of one pattern; a page that shows more than this many series is none. */
const FIND_LIMIT = 20_000;

export interface Reading {
  readonly value: number;
  /** Of the sample; to the step of its series, which it may be younger. */
  readonly atMs: number;
}

export type LatestValues = ReadonlyMap<string, Reading>;
/** One value a minute, the present one last; NaN where nothing is known. */
export type Histories = ReadonlyMap<string, Float64Array>;

export interface Readings {
  /** The newest value of every series that a pattern finds, if it is news. */
  latest(patterns: readonly string[]): Promise<LatestValues>;
  lastHour(patterns: readonly string[]): Promise<Histories>;
  /** Names of the series that a pattern finds, sorted. */
  names(pattern: string): Promise<readonly string[]>;
}

export function createReadings(reader: SeriesReader, clock: Clock): Readings {
  const share = createSharing(clock);

  async function found(patterns: readonly string[]): Promise<readonly FoundSeries[]> {
    const byPattern = await Promise.all(patterns.map((pattern) => findSeries(pattern)));
    return byPattern.flat();
  }

  async function findSeries(pattern: string): Promise<readonly FoundSeries[]> {
    const nodes = await reader.find({ pattern, limit: FIND_LIMIT });
    return nodes.flatMap(({ path, id }) => (id === undefined ? [] : [{ path, id }]));
  }

  async function fetchLast(patterns: readonly string[], seconds: number): Promise<readonly FetchedSeries[]> {
    const series = await found(patterns);
    const nowSeconds = Math.floor(clock.wallMs() / 1000);
    return reader.fetch({ series, fromSeconds: nowSeconds - seconds, untilSeconds: nowSeconds, nowSeconds });
  }

  return {
    latest: (patterns) =>
      share(`latest ${patterns.join()}`, LATEST_SHARED_MS, async () => {
        const fetched = await fetchLast(patterns, LATEST_SECONDS);
        return new Map(fetched.flatMap((series) => lastKnown(series)));
      }),
    lastHour: (patterns) =>
      share(`hour ${patterns.join()}`, HISTORY_SHARED_MS, async () => {
        const endMinute = Math.floor(clock.wallMs() / 60_000) + 1;
        const fetched = await fetchLast(patterns, HISTORY_POINTS * 60);
        return new Map(fetched.map((series) => [series.path, byMinute(series, endMinute - HISTORY_POINTS)]));
      }),
    names: (pattern) =>
      share(`names ${pattern}`, LATEST_SHARED_MS, async () => {
        return (await findSeries(pattern)).map(({ path }) => path).sort();
      }),
  };
}

function lastKnown({ path, values, startSeconds, stepSeconds }: FetchedSeries): [string, Reading][] {
  const place = values.findLastIndex((value) => !Number.isNaN(value));
  if (place < 0) return [];
  return [[path, { value: values[place]!, atMs: (startSeconds + place * stepSeconds) * 1000 }]];
}

/** Averages by minute. A series with a longer step has its value in every minute of it. */
function byMinute({ values, startSeconds, stepSeconds }: FetchedSeries, startMinute: number): Float64Array {
  const sums = new Float64Array(HISTORY_POINTS);
  const counts = new Float64Array(HISTORY_POINTS);
  const minutes = Math.max(1, Math.ceil(stepSeconds / 60));
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const first = Math.floor((startSeconds + i * stepSeconds) / 60) - startMinute;
    for (let minute = Math.max(0, first); minute < Math.min(HISTORY_POINTS, first + minutes); minute++) {
      sums[minute]! += value;
      counts[minute]!++;
    }
  });
  return sums.map((sum, i) => sum / counts[i]!);
}

/** Runs a piece of work, or hands out what the same work gave a moment ago. A failure is not kept. */
function createSharing(clock: Clock) {
  const shared = new Map<string, { readonly endsMs: number; readonly result: Promise<unknown> }>();
  return <T>(key: string, forMs: number, work: () => Promise<T>): Promise<T> => {
    const nowMs = clock.monotonicMs();
    const known = shared.get(key);
    if (known !== undefined && nowMs < known.endsMs) return known.result as Promise<T>;
    for (const [old, { endsMs }] of shared) if (nowMs >= endsMs) shared.delete(old);
    const result = work();
    shared.set(key, { endsMs: nowMs + forMs, result });
    result.catch(() => shared.delete(key));
    return result;
  };
}
