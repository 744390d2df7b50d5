/**
 * The machine's clocks.
 *
 * `Date.now()` has whole milliseconds, and `performance.timeOrigin + performance.now()` does not follow corrections of
 * the wall clock, so neither is good enough to measure a clock against another. `readWall` looks at both clocks in turn
 * until the wall clock changes, and keeps what every look proves:
 *
 *      monotonic   m0 ─── m1 ─── m2 ─── m3          wall − monotonic = d
 *      wall            7 ───── 7 ───── 8            a look that shows w between m and m′ proves w − m′ ≤ d < w + 1 − m
 *
 * The looks on both sides of a change pin d down to a few hundred nanoseconds. Each bound holds by itself, so being
 * preempted in the middle (even between the two halves of one look) widens the result, and never falsifies it.
 */
import { RATE_LIMIT } from "../clock-offset.ts";
import type { Clock, WallReading } from "../world.ts";

/** A reading this sharp is not improved any more. */
const SHARP_MS = 0.002;
/** A change can be blurred by preemption or a compiling engine, so another is waited for; each asks this much less. */
const CONTENT_FACTOR = 4;
/** Node reads the wall clock in whole microseconds (gettimeofday); how a system rounds to them is its own affair. */
const GRAIN_MS = 0.001;
/** A wall clock that shows no change for this long is not running; half a millisecond is all that is known then. */
const GIVE_UP_MS = 50;

export const realClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  readWall: () => readWallBetween(Date.now, () => performance.now()),
};

/** The method itself, over any two clocks: `wallNow` shows whole milliseconds. */
export function readWallBetween(wallNow: () => number, monotonicNow: () => number): WallReading {
  let before = monotonicNow();
  let shown = wallNow();
  // Counted from the first look, so that no bit of the bounds is lost to the size of a date.
  const originMs = before;
  const originWall = shown;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let lowAt = before;
  let highAt = before;
  for (let edges = 0; ; ) {
    const wall = wallNow();
    const after = monotonicNow();
    const lookLow = wall - originWall - (after - originMs);
    const lookHigh = wall - originWall + 1 - (before - originMs);
    if (lookLow > high || lookHigh < low) {
      // The wall clock was set while we looked: what was proven before is of another time.
      low = lookLow;
      high = lookHigh;
      lowAt = highAt = before;
    } else {
      if (lookLow > low) [low, lowAt] = [lookLow, before];
      if (lookHigh < high) [high, highAt] = [lookHigh, before];
    }
    if (wall !== shown) {
      edges++;
      shown = wall;
    }
    before = after;
    const contentMs = edges === 0 ? 0 : SHARP_MS * CONTENT_FACTOR ** (edges - 1);
    if ((high - low) / 2 <= contentMs || after - originMs > GIVE_UP_MS) {
      return {
        wallMs: wall,
        monotonicMs: originMs + (wall - originWall) - (low + high) / 2,
        uncertaintyMs: (high - low) / 2 + GRAIN_MS + RATE_LIMIT * (after - Math.min(lowAt, highAt)),
      };
    }
  }
}
