/**
 * What four time stamps say about another clock (RFC 5905 §8), with a bound that always holds.
 *
 *      ours       T1 ────────► ............. ────────► T4
 *      theirs          ........ T2 ──► T3 .........
 *
 *      offset = ((T1 − T2) + (T4 − T3)) / 2        ours minus theirs: positive = our clock is fast
 *      delay  = (T4 − T1) − (T3 − T2)              time on the way, both ways together
 *
 * The way out may have taken any part of the delay, so the true offset lies within `offset ± delay/2`; reading the two
 * clocks adds its errors, and with every second since the exchange the clocks may have moved apart by φ (50 ppm, what
 * ClockBound advises; the 15 ppm of the RFC is a best case).
 */

/** Highest rate at which an ordinary clock is taken to drift away unseen. */
export const DRIFT_BOUND = 50e-6;

/** All in milliseconds; `t1`/`t4` by our clock, `t2`/`t3` by theirs. */
export interface Exchange {
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
  readonly t4: number;
  /** Error of reading our clock, both stamps. */
  readonly readErrorMs: number;
}

export interface OffsetEstimate {
  /** Our clock minus theirs: positive = ours is fast. */
  readonly offsetMs: number;
  /** The true offset lies within offset ± bound. */
  readonly boundMs: number;
  readonly delayMs: number;
  /** When it was measured, on our monotonic clock. */
  readonly monotonicMs: number;
}

/** Undefined when the stamps contradict each other: a clock stepped during the exchange, or the answer is forged. */
export function estimateOffset(exchange: Exchange, monotonicMs: number): OffsetEstimate | undefined {
  const { t1, t2, t3, t4, readErrorMs } = exchange;
  const delayMs = t4 - t1 - (t3 - t2);
  if (!(t4 >= t1) || !(t3 >= t2) || !(delayMs >= -2 * readErrorMs)) return undefined;
  return {
    offsetMs: (t1 - t2 + (t4 - t3)) / 2,
    boundMs: Math.max(0, delayMs) / 2 + readErrorMs,
    delayMs: Math.max(0, delayMs),
    monotonicMs,
  };
}

/** The bound grows while nothing new is heard. */
export function boundAt(estimate: OffsetEstimate, monotonicMs: number): number {
  return estimate.boundMs + DRIFT_BOUND * Math.max(0, monotonicMs - estimate.monotonicMs);
}

/** The exchange that spent the least time on the way says most: NTP's clock filter for one burst. */
export function bestOfBurst(estimates: readonly OffsetEstimate[]): OffsetEstimate | undefined {
  let best: OffsetEstimate | undefined;
  for (const estimate of estimates) if (best === undefined || estimate.boundMs < best.boundMs) best = estimate;
  return best;
}
