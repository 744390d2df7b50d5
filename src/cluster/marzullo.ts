/**
 * Marzullo's algorithm: who of several clocks can be right?
 *
 * Each clock says "the true time lies in this interval". The true time, if most clocks are right, lies where most
 * intervals overlap; a clock whose interval misses that place is wrong.
 *
 *      a        ├───────┤
 *      b            ├───────┤
 *      c                            ├───┤        c is outside
 *      majority     ├───┤  2 of 3
 */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The smallest place where the greatest number of intervals overlap. */
export interface Overlap extends Interval {
  readonly count: number;
}

/**
 * All places where the greatest number of intervals overlap, from low to high; empty for no intervals. There can be
 * several: two groups of equal size.
 */
export function greatestOverlaps(intervals: readonly Interval[]): readonly Overlap[] {
  // Intervals that only touch do overlap: at equal bounds the lower ones come first.
  const bounds = intervals.flatMap(({ low, high }) => [
    { at: low, enters: 1 },
    { at: high, enters: -1 },
  ]);
  bounds.sort((a, b) => a.at - b.at || b.enters - a.enters);
  let best: Overlap[] = [];
  let count = 0;
  bounds.forEach(({ at, enters }, index) => {
    count += enters;
    if (enters < 0 || count < (best[0]?.count ?? 1)) return;
    const overlap = { low: at, high: bounds[index + 1]!.at, count };
    best = count > (best[0]?.count ?? 0) ? [overlap] : [...best, overlap];
  });
  return best;
}

export interface Majority {
  /** The smallest of the greatest overlaps: where the true value lies if the majority is right. */
  readonly interval: Overlap;
  /** Indexes of the intervals that miss every one of the greatest overlaps: those clocks are wrong. */
  readonly outside: readonly number[];
}

/** Undefined when no more than half of the clocks agree anywhere: then nobody can tell who is right. */
export function majorityOf(intervals: readonly Interval[]): Majority | undefined {
  const overlaps = greatestOverlaps(intervals);
  const [first] = overlaps;
  if (first === undefined || first.count <= intervals.length / 2) return undefined;
  const interval = overlaps.reduce((best, next) => (next.high - next.low < best.high - best.low ? next : best));
  const meets = (a: Interval, b: Interval): boolean => a.low <= b.high && b.low <= a.high;
  const outside = [...intervals.keys()].filter((i) => !overlaps.some((overlap) => meets(intervals[i]!, overlap)));
  return { interval, outside };
}
