/**
 * What four time stamps say about another clock (RFC 5905 §8), with a bound that always holds.
 *
 *      ours       T1 ────────► ............. ────────► T4
 *      theirs          ........ T2 ──► T3 .........
 *
 * Nothing arrives before it was sent. So when the request arrived, our clock showed at least T1 while theirs showed T2:
 * ours minus theirs was at least T1 − T2. When the answer left, ours showed at most T4: it was at most T4 − T3. Between
 * the two lies the truth, however the delay was shared between the ways:
 *
 *      T1 − T2  ≤  offset  ≤  T4 − T3         middle = NTP's offset, half the width = half of NTP's delay
 *
 * Reading the two clocks adds its errors to both ends, and so does the time in which the clocks may move apart.
 * Several exchanges are intersected: the quickest way out gives one end and the quickest way back the other, which is
 * never wider than the exchange of least delay that NTP's clock filter would choose. docs/clocks.md tells it at length.
 */

/** How fast a clock whose drift is known may leave it unseen: what ClockBound advises; the RFC's 15 ppm is a best case. */
export const DRIFT_BOUND = 50e-6;

/**
 * How fast two clocks of unknown drift may move apart: a kernel's NTP discipline corrects a clock by 500 ppm at most, so
 * one that can be kept right is not worse; two of them, one each way.
 */
export const RATE_LIMIT = 1000e-6;

/** A date in milliseconds, as a double, is good to 0.12 µs; up to four of them are compared. */
export const ROUNDING_MS = 0.0005;

/** All in milliseconds; `t1`/`t4` by our clock, `t2`/`t3` by theirs. */
export interface Exchange {
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
  readonly t4: number;
  /** Error of reading our clock, and of their reading theirs. */
  readonly readErrorMs: number;
}

export interface OffsetEstimate {
  /** Our clock minus theirs: positive = ours is fast. */
  readonly offsetMs: number;
  /** The true offset, at that moment, lies within offset ± bound. */
  readonly boundMs: number;
  /** Time on the way, both ways together: the least of the exchanges. */
  readonly delayMs: number;
  /** When it was measured, on our monotonic clock. */
  readonly monotonicMs: number;
}

/**
 * One exchange that ended at `monotonicMs`. Undefined when the stamps contradict each other: a clock stepped during the
 * exchange, or the answer is not true.
 */
export function estimateOffset(exchange: Exchange, monotonicMs: number): OffsetEstimate | undefined {
  const { t1, t2, t3, t4 } = exchange;
  const tookMs = t4 - t1;
  const errorMs = exchange.readErrorMs + RATE_LIMIT * tookMs + ROUNDING_MS;
  const low = t1 - t2 - errorMs;
  const high = t4 - t3 + errorMs;
  if (!(tookMs >= 0) || !(t3 >= t2) || !(high >= low)) return undefined;
  return {
    offsetMs: (low + high) / 2,
    boundMs: (high - low) / 2,
    delayMs: Math.max(0, tookMs - (t3 - t2)),
    monotonicMs,
  };
}

/** What several exchanges with one server prove together, at the time of the last. Undefined: they contradict each other. */
export function intersectOffsets(estimates: readonly OffsetEstimate[]): OffsetEstimate | undefined {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let delayMs = Number.POSITIVE_INFINITY;
  const monotonicMs = Math.max(...estimates.map((estimate) => estimate.monotonicMs));
  for (const estimate of estimates) {
    const boundMs = boundAt(estimate, monotonicMs, RATE_LIMIT);
    low = Math.max(low, estimate.offsetMs - boundMs);
    high = Math.min(high, estimate.offsetMs + boundMs);
    delayMs = Math.min(delayMs, estimate.delayMs);
  }
  if (estimates.length === 0 || low > high) return undefined;
  return { offsetMs: (low + high) / 2, boundMs: (high - low) / 2, delayMs, monotonicMs };
}

/** The bound grows while nothing new is heard: by `rate` milliseconds a millisecond. */
export function boundAt(estimate: OffsetEstimate, monotonicMs: number, rate: number): number {
  return estimate.boundMs + rate * Math.max(0, monotonicMs - estimate.monotonicMs);
}
