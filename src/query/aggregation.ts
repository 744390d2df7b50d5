/**
 * The aggregation functions that take a name in a target: `aggregate(x,"max")`, `summarize(x,"1h","last")`.
 * (graphite-web: functions/aggfuncs.py, safe.py)
 *
 * Each takes the values of one row, one bucket or one window: a stretch of an array in which NaN is null. Sums run from
 * the first value to the last, as Python's do, so that the last bit is the same.
 */
export interface Aggregation {
  /** NaN when there is nothing to tell. */
  of(values: Float64Array, from: number, to: number): number;
  /**
   * The same for every row of some columns at once, going through them one after the other as they lie in memory
   * (bench: sumSeries). Adds to each place of `rows`, all zero at first, the values of one column; `known` counts how
   * many have been added to each place.
   */
  add?(rows: Float64Array, known: Uint32Array, column: Float64Array): void;
  /** What a row's sum of `add` comes to. Absent: that itself. */
  finish?(row: number, known: number): number;
  /** What becomes of Python ints: kept, or floats whatever came in, or ints whatever came in. */
  readonly integers: "kept" | "lost" | "made";
}

function addUp(rows: Float64Array, known: Uint32Array, column: Float64Array): void {
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (Number.isNaN(value)) continue;
    rows[i]! += value;
    known[i]!++;
  }
}

const average: Aggregation = {
  integers: "lost",
  of(values, from, to) {
    let [sum, known] = [0, 0];
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (!Number.isNaN(value)) {
        sum += value;
        known++;
      }
    }
    return known === 0 ? Number.NaN : sum / known;
  },
  add: addUp,
  finish: (row, known) => row / known,
};

/** Null counts as zero. */
const averageZero: Aggregation = {
  integers: "lost",
  of(values, from, to) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[i] || 0;
    return to === from ? Number.NaN : sum / (to - from);
  },
};

const sum: Aggregation = {
  integers: "kept",
  of(values, from, to) {
    let [total, known] = [0, false];
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (!Number.isNaN(value)) {
        total += value;
        known = true;
      }
    }
    return known ? total : Number.NaN;
  },
  add: addUp,
};

/** The first value less all others. */
const diff: Aggregation = {
  integers: "kept",
  of(values, from, to) {
    let result = Number.NaN;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (!Number.isNaN(value)) result = Number.isNaN(result) ? value : result - value;
    }
    return result;
  },
};

const min: Aggregation = {
  integers: "kept",
  of(values, from, to) {
    let least = Number.NaN;
    for (let i = from; i < to; i++) if (!(values[i]! >= least) && !Number.isNaN(values[i])) least = values[i]!;
    return least;
  },
  add(rows, known, column) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      if (Number.isNaN(value)) continue;
      if (known[i]!++ === 0 || value < rows[i]!) rows[i] = value;
    }
  },
};

const max: Aggregation = {
  integers: "kept",
  of(values, from, to) {
    let most = Number.NaN;
    for (let i = from; i < to; i++) if (!(values[i]! <= most) && !Number.isNaN(values[i])) most = values[i]!;
    return most;
  },
  add(rows, known, column) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      if (Number.isNaN(value)) continue;
      if (known[i]!++ === 0 || value > rows[i]!) rows[i] = value;
    }
  },
};

const last: Aggregation = {
  integers: "kept",
  of(values, from, to) {
    for (let i = to - 1; i >= from; i--) if (!Number.isNaN(values[i])) return values[i]!;
    return Number.NaN;
  },
};

const median: Aggregation = {
  integers: "lost",
  of(values, from, to) {
    const known = values
      .slice(from, to)
      .filter((value) => !Number.isNaN(value))
      .sort();
    const middle = known.length >> 1;
    if (known.length === 0) return Number.NaN;
    return known.length % 2 === 1 ? known[middle]! : (known[middle - 1]! + known[middle]!) / 2;
  },
};

/** Of the whole population. */
const stddev: Aggregation = {
  integers: "lost",
  of(values, from, to) {
    const mean = average.of(values, from, to);
    let [squares, known] = [0, 0];
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (!Number.isNaN(value)) {
        squares += (value - mean) * (value - mean);
        known++;
      }
    }
    return known === 0 ? Number.NaN : Math.sqrt(squares / known);
  },
};

/** How many are known: never null. */
const count: Aggregation = {
  integers: "made",
  of(values, from, to) {
    let known = 0;
    for (let i = from; i < to; i++) if (!Number.isNaN(values[i])) known++;
    return known;
  },
};

const range: Aggregation = {
  integers: "lost",
  of: (values, from, to) => max.of(values, from, to) - min.of(values, from, to),
};

/** Null as soon as one is null. */
const multiply: Aggregation = {
  integers: "lost",
  of(values, from, to) {
    let product = to === from ? Number.NaN : 1;
    for (let i = from; i < to; i++) product *= values[i]!;
    return product;
  },
};

/** In the order in which graphite-web lists them. */
const BY_NAME: ReadonlyMap<string, Aggregation> = new Map([
  ["average", average],
  ["avg_zero", averageZero],
  ["median", median],
  ["sum", sum],
  ["min", min],
  ["max", max],
  ["diff", diff],
  ["stddev", stddev],
  ["count", count],
  ["range", range],
  ["multiply", multiply],
  ["last", last],
  ["rangeOf", range],
  ["avg", average],
  ["total", sum],
  ["current", last],
]);

export const AGGREGATION_NAMES: readonly string[] = [...BY_NAME.keys()];

export type AggregationName =
  | "average"
  | "sum"
  | "min"
  | "max"
  | "diff"
  | "last"
  | "current"
  | "median"
  | "stddev"
  | "rangeOf"
  | "multiply";

/** Undefined for a name that is none. */
export function findAggregation(name: string): Aggregation | undefined {
  return BY_NAME.get(name);
}

/** For a name known to be one. */
export function aggregationOf(name: string): Aggregation {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new Error(`BUG: "${name}" was accepted as an aggregation and is none`);
  return found;
}

/** Of a whole series. */
export function aggregateAll(aggregation: Aggregation, values: Float64Array): number {
  return aggregation.of(values, 0, values.length);
}

export function integersAfter(aggregation: Aggregation, before: boolean): boolean {
  return aggregation.integers === "made" || (aggregation.integers === "kept" && before);
}
