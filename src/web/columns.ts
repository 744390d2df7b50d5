/**
 * Series as columns for a chart: all on one grid of equal steps, so wide that a chart of `points` pixels gets no more than
 * one step a pixel.
 *
 * A step that spans several samples has their mean, and their least and greatest: the line is drawn through the means, and
 * a band shows how far the values went, so no spike is lost however long the range is. Where the store itself holds
 * summaries only, least and greatest come out of these.
 */
import type { AggregationMethod } from "../core/aggregation.ts";
import type { FetchedSeries, FoundSeries, SeriesReader } from "../core/series-store.ts";

export interface ColumnsQuery {
  readonly names: readonly string[];
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  readonly nowSeconds: number;
  /** How many steps at the most. */
  readonly points: number;
}

/** As it goes over the wire; null where nothing is known. The first step may begin before the range. */
export interface Columns {
  /** The range as it was asked for. */
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly steps: number;
  readonly series: readonly SeriesColumn[];
  /** Names that no series has. */
  readonly missing: readonly string[];
}

export interface SeriesColumn {
  readonly name: string;
  readonly mean: readonly (number | null)[];
  /** Absent where every step has one sample at the most: they would say the same. */
  readonly min?: readonly (number | null)[];
  readonly max?: readonly (number | null)[];
}

/** Steps that fall on edges which people know. */
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

export async function readColumns(reader: SeriesReader, query: ColumnsQuery): Promise<Columns> {
  const { names, fromSeconds, untilSeconds, nowSeconds, points } = query;
  const found = await findByName(reader, names);
  const fetch = (aggregation?: AggregationMethod): Promise<readonly FetchedSeries[]> =>
    reader.fetch({
      series: found,
      fromSeconds,
      untilSeconds,
      nowSeconds,
      ...(aggregation === undefined ? {} : { aggregation }),
    });
  const [means, mins, maxs] = await Promise.all([fetch(), fetch("min"), fetch("max")]);
  const finest = Math.max(1, ...means.map(({ stepSeconds }) => stepSeconds));
  const stepSeconds = stepFor(untilSeconds - fromSeconds, points, finest);
  const startSeconds = Math.floor(fromSeconds / stepSeconds) * stepSeconds;
  const steps = Math.max(1, Math.ceil((untilSeconds - startSeconds) / stepSeconds));
  const grid = { startSeconds, stepSeconds, steps };
  const there = new Set(found.map(({ path }) => path));
  return {
    fromSeconds,
    untilSeconds,
    ...grid,
    series: means.map((mean, i) => column(mean, mins[i]!, maxs[i]!, grid)),
    missing: names.filter((name) => !there.has(name)),
  };
}

async function findByName(reader: SeriesReader, names: readonly string[]): Promise<readonly FoundSeries[]> {
  const found = await Promise.all(names.map((pattern) => reader.find({ pattern, limit: 2 })));
  return found.flat().flatMap(({ path, id }) => (id === undefined ? [] : [{ path, id }]));
}

/** The narrowest that a chart of so many points has room for; never narrower than what the series have. */
function stepFor(spanSeconds: number, points: number, finestSeconds: number): number {
  const least = Math.max(finestSeconds, Math.ceil(spanSeconds / points));
  const nice = STEPS.find((step) => step >= least && step % finestSeconds === 0);
  return nice ?? Math.ceil(least / finestSeconds) * finestSeconds;
}

type Grid = Pick<Columns, "startSeconds" | "stepSeconds" | "steps">;

function column(means: FetchedSeries, mins: FetchedSeries, maxs: FetchedSeries, grid: Grid): SeriesColumn {
  const { steps } = grid;
  const sum = new Float64Array(steps);
  const count = new Float64Array(steps);
  const min = new Float64Array(steps).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(steps).fill(Number.NEGATIVE_INFINITY);
  let spread = false;
  means.values.forEach((value, i) => {
    const place = Math.floor((means.startSeconds + i * means.stepSeconds - grid.startSeconds) / grid.stepSeconds);
    if (Number.isNaN(value) || place < 0 || place >= steps) return;
    sum[place]! += value;
    count[place]!++;
    min[place] = Math.min(min[place]!, mins.values[i]!);
    max[place] = Math.max(max[place]!, maxs.values[i]!);
    spread ||= min[place] !== max[place];
  });
  const known = (values: Float64Array) => Array.from(values, (value, i) => (count[i]! > 0 ? value : null));
  const mean = known(sum.map((total, i) => total / count[i]!));
  return spread ? { name: means.path, mean, min: known(min), max: known(max) } : { name: means.path, mean };
}
