/** What `/api/series` answers (web/columns.ts), and what a chart makes of it. */

export interface Columns {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly steps: number;
  readonly series: readonly SeriesColumn[];
}

export interface SeriesColumn {
  readonly name: string;
  readonly mean: readonly Value[];
  readonly min?: readonly Value[];
  readonly max?: readonly Value[];
}

export type Value = number | null;

/**
 * Times, and of each name three rows: the line, and the least and greatest between which a band is drawn. With `bound`,
 * the name of another series, the band is the line ± that.
 */
export function chartRows(columns: Columns, names: readonly string[], bound: string): Value[][] {
  const { startSeconds, stepSeconds, steps, series } = columns;
  const byName = new Map(series.map((one) => [one.name, one]));
  const nothing: Value[] = new Array<Value>(steps).fill(null);
  const times = Array.from({ length: steps }, (_, i) => startSeconds + i * stepSeconds);
  const bounds = byName.get(bound)?.mean;
  const rows = names.flatMap((name) => {
    const column = byName.get(name);
    if (column === undefined) return [nothing, nothing, nothing];
    const { mean, min = nothing, max = nothing } = column;
    if (bounds === undefined) return [[...mean], [...min], [...max]];
    return [[...mean], add(mean, bounds, -1), add(mean, bounds, 1)];
  });
  return [times, ...rows];
}

function add(values: readonly Value[], bounds: readonly Value[], sign: number): Value[] {
  return values.map((value, i) => {
    const bound = bounds[i] ?? null;
    return value === null || bound === null ? null : value + sign * bound;
  });
}

export interface Band {
  readonly fromSeconds: number;
  /** Infinity while it lasts. */
  readonly toSeconds: number;
}

/** `from-to from-to`, as the server prints it; without `to` while it lasts. */
export function parseBands(text: string): Band[] {
  return text
    .split(" ")
    .filter((part) => part !== "")
    .map((part) => {
      const [from = "", to = ""] = part.split("-");
      return { fromSeconds: Number(from), toSeconds: to === "" ? Number.POSITIVE_INFINITY : Number(to) };
    });
}
