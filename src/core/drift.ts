/**
 * How fast our clock runs away from another, from offsets measured over the last minutes.
 *
 * Theil–Sen: the median of the slopes between all pairs of points, which a few bad points can't move. Each pair of
 * offset intervals also proves limits of the mean rate between them; the tightest of those give the bound.
 */
import { type OffsetEstimate, RATE_LIMIT } from "./clock-offset.ts";

/** Fewer say nothing of a rate. */
export const DRIFT_POINTS_LEAST = 20;
/** 20 minutes at one point in ten seconds; 7,140 pairs. */
const POINTS = 120;
/** Points older than this say nothing of the rate now: the temperature is another. */
const OLDEST_MS = 3_600_000;

export interface Drift {
  /** Parts per million of our own time: positive = our clock gains. */
  readonly ppm: number;
  /** The mean rate over the window lies within ppm ± bound, if it was constant. */
  readonly boundPpm: number;
  /** The time over which it was seen. */
  readonly spanMs: number;
}

export interface DriftWindow {
  /** Takes a point; forgets all older ones first when a clock jumped in between. */
  add(point: OffsetEstimate): void;
  /** Forgets everything: our clock was set. */
  reset(): void;
  /** Undefined until there are enough points. */
  drift(): Drift | undefined;
}

export function createDriftWindow(): DriftWindow {
  let points: OffsetEstimate[] = [];
  return {
    add(point) {
      const last = points.at(-1);
      if (last !== undefined && jumped(last, point)) points = [];
      const kept = points.filter((old) => point.monotonicMs - old.monotonicMs <= OLDEST_MS);
      points = [...kept.slice(-(POINTS - 1)), point];
    },
    reset() {
      points = [];
    },
    drift: () => (points.length < DRIFT_POINTS_LEAST ? undefined : fitDrift(points)),
  };
}

/** Whether no clock that drifts like a clock gets from one offset to the other in that time: one of the two was set. */
function jumped(from: OffsetEstimate, to: OffsetEstimate): boolean {
  const possibleMs = from.boundMs + to.boundMs + RATE_LIMIT * (to.monotonicMs - from.monotonicMs);
  return Math.abs(to.offsetMs - from.offsetMs) > possibleMs;
}

/** Points in order of time, no two at once; at least two. */
export function fitDrift(points: readonly OffsetEstimate[]): Drift {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let count = 0;
  points.forEach((to, j) => {
    for (let i = 0; i < j; i++) {
      const from = points[i]!;
      const ms = to.monotonicMs - from.monotonicMs;
      const slope = (to.offsetMs - from.offsetMs) / ms;
      const error = (to.boundMs + from.boundMs) / ms;
      slopes[count++] = slope;
      low = Math.max(low, slope - error);
      high = Math.min(high, slope + error);
    }
  });
  const slope = median(slopes);
  return {
    ppm: slope * 1e6,
    boundPpm: Math.max(Math.abs(high - slope), Math.abs(slope - low)) * 1e6,
    spanMs: points.at(-1)!.monotonicMs - points[0]!.monotonicMs,
  };
}

function median(values: Float64Array): number {
  const middle = values.length >> 1;
  const upper = select(values, middle);
  if (values.length % 2 === 1) return upper;
  // Selecting has left everything that is not greater before it.
  return (values.subarray(0, middle).reduce((a, b) => Math.max(a, b)) + upper) / 2;
}

/** The value that sorting would put at the index, found by Hoare's partitions: sorting all slopes costs ten times more. */
function select(values: Float64Array, index: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low - 1;
    let j = high + 1;
    for (;;) {
      while (values[++i]! < pivot);
      while (values[--j]! > pivot);
      if (i >= j) break;
      const swapped = values[i]!;
      values[i] = values[j]!;
      values[j] = swapped;
    }
    if (index <= j) high = j;
    else low = j + 1;
  }
  return values[index]!;
}
