/**
 * The wall clock finer than a millisecond at any moment, without waiting for an edge each time: one careful reading is
 * kept and carried on by the monotonic clock.
 *
 * The two clocks of one machine run at one rate (the kernel corrects both alike), but that is measured, not believed:
 * two readings in a row bound the rate at which they part, and the uncertainty grows by it. A reading is thrown away
 * when it is stale, and at once when the wall clock shows something else than it predicts: somebody set the clock.
 */
import { RATE_LIMIT, ROUNDING_MS } from "./clock-offset.ts";
import type { Clock, WallReading } from "./world.ts";

/** A reading serves so long. */
const STALE_MS = 5_000;
/** One that is blurred by now is replaced sooner, but not at every question: that costs a millisecond. */
const BLURRED_MS = 0.02;
const STALE_BLURRED_MS = 250;

export interface WallReader {
  /** What the wall clock showed at that moment of the monotonic clock: now, or shortly before. */
  at(monotonicMs: number): WallReading;
}

interface Kept {
  readonly reading: WallReading;
  /** Milliseconds a millisecond by which wall and monotonic clock part at most; undefined: not measured yet. */
  readonly rate: number | undefined;
}

export function createWallReader(clock: Clock): WallReader {
  let kept: Kept | undefined;
  return {
    at(monotonicMs) {
      if (kept === undefined || isStale(kept, monotonicMs) || !stillHolds(kept.reading, rateOf(kept), clock)) {
        const reading = clock.readWall();
        kept = { reading, rate: kept === undefined ? undefined : partingRate(kept, reading) };
      }
      return carry(kept.reading, rateOf(kept), monotonicMs);
    },
  };
}

function rateOf({ rate }: Kept): number {
  return rate ?? RATE_LIMIT;
}

function isStale(kept: Kept, monotonicMs: number): boolean {
  const { uncertaintyMs } = carry(kept.reading, rateOf(kept), monotonicMs);
  return monotonicMs - kept.reading.monotonicMs > (uncertaintyMs > BLURRED_MS ? STALE_BLURRED_MS : STALE_MS);
}

/**
 * Whether the wall clock shows the whole millisecond that an earlier reading lets expect, if it parts from the monotonic
 * clock by `rate` at most. If not, somebody set it.
 */
export function stillHolds(reading: WallReading, rate: number, clock: Clock): boolean {
  const before = carry(reading, rate, clock.monotonicMs());
  const shown = clock.wallMs();
  const after = carry(reading, rate, clock.monotonicMs());
  return shown + 1 > before.wallMs - before.uncertaintyMs && shown <= after.wallMs + after.uncertaintyMs;
}

/** A reading carried on by the monotonic clock: what the wall clock showed, or shows, at another moment. */
export function carry(reading: WallReading, rate: number, monotonicMs: number): WallReading {
  const age = monotonicMs - reading.monotonicMs;
  return {
    wallMs: reading.wallMs + age,
    monotonicMs,
    uncertaintyMs: reading.uncertaintyMs + rate * Math.abs(age),
  };
}

/** Undefined when the clock was set in between, which says nothing of its rate. A sharper limit from before stands. */
function partingRate({ reading: from, rate: before }: Kept, to: WallReading): number | undefined {
  const ms = to.monotonicMs - from.monotonicMs;
  const partedMs = Math.abs(to.wallMs - from.wallMs - ms);
  const errorMs = from.uncertaintyMs + to.uncertaintyMs + ROUNDING_MS;
  if (before !== undefined && partedMs <= before * ms + errorMs) return Math.min(before, (partedMs + errorMs) / ms);
  return partedMs <= RATE_LIMIT * ms + errorMs ? Math.min(RATE_LIMIT, (partedMs + errorMs) / ms) : undefined;
}
