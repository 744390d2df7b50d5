/** The values of one interval of one aggregate, as far as its method needs them (carbon aggregator/rules.py). */

const PERCENTILES: Readonly<Record<string, number>> = {
  p50: 0.5,
  p75: 0.75,
  p80: 0.8,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
};

/** carbon's, and `last`, the value that came last. */
export const AGGREGATE_METHODS = ["sum", "avg", "min", "max", "count", "last", ...Object.keys(PERCENTILES)] as const;
export type AggregateMethod = string;

export function isAggregateMethod(text: string): text is AggregateMethod {
  return (AGGREGATE_METHODS as readonly string[]).includes(text);
}

/** Whether the method needs each value, not only what becomes of them. */
export function keepsValues(method: AggregateMethod): boolean {
  return Object.hasOwn(PERCENTILES, method);
}

export class Bucket {
  readonly intervalSeconds: number;
  /** Something has come since the value was last written. */
  active = true;
  /** It lacks what came before we were started. */
  incomplete = false;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  last = 0;
  /** In the order of arrival; only for methods that need them. */
  readonly values: number[] = [];

  /** `intervalSeconds`: when the interval begins. */
  constructor(intervalSeconds: number) {
    this.intervalSeconds = intervalSeconds;
  }

  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min || this.count === 1) this.min = value;
    if (value > this.max || this.count === 1) this.max = value;
    this.last = value;
    this.active = true;
  }

  /** NaN when the values leave none (infinities of both signs). */
  valueBy(method: AggregateMethod): number {
    switch (method) {
      case "sum":
        return this.sum;
      case "avg":
        return this.sum / this.count;
      case "min":
        return this.min;
      case "max":
        return this.max;
      case "count":
        return this.count;
      case "last":
        return this.last;
      default:
        return percentile(this.values, PERCENTILES[method]!);
    }
  }
}

/** By linear interpolation between the two nearest ranks. */
function percentile(values: readonly number[], factor: number): number {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const rank = factor * (sorted.length - 1);
  const left = Math.floor(rank);
  const right = Math.ceil(rank);
  if (left === right) return sorted[left]!;
  return sorted[left]! * (right - rank) + sorted[right]! * (rank - left);
}
