/** The percentile of the NIST handbook, as graphite-web computes it (functions.py `_getPercentile`). */

/** NaN when nothing is known. Without interpolation the result is one of the values. */
export function percentile(values: Float64Array, from: number, to: number, n: number, interpolate: boolean): number {
  const sorted = values
    .slice(from, to)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (sorted.length === 0) return Number.NaN;
  const fractionalRank = (n / 100) * (sorted.length + 1);
  const wholeRank = Math.floor(fractionalRank);
  const fraction = fractionalRank - wholeRank;
  if (!interpolate) return valueOfRank(sorted, wholeRank + Math.ceil(fraction));
  const lower = valueOfRank(sorted, wholeRank);
  return wholeRank >= sorted.length ? lower : lower + fraction * (sorted[wholeRank]! - lower);
}

/** The lower and the upper of two percentiles that lie as far from the ends: of 90, or of 10, these are 10 and 90. */
export function percentilePair(n: number): [number, number] {
  const upper = n < 50 ? 100 - n : n;
  return [100 - upper, upper];
}

/** Ranks count from 1; those outside are the first and the last value. */
function valueOfRank(sorted: Float64Array, rank: number): number {
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
}
