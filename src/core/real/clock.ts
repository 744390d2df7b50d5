/**
 * The machine's clocks.
 *
 * `Date.now()` has whole milliseconds, and `performance.timeOrigin + performance.now()` does not follow corrections of
 * the wall clock, so neither is good enough to measure a clock against another. `readWall` waits for `Date.now()` to
 * change and pairs that edge with the monotonic clock: the wall clock read to some hundred nanoseconds, with the error
 * of the reading known (the time between the last look before the edge and the first after it).
 */
import type { Clock, WallReading } from "../world.ts";

/** The best of this many edges is kept: a single edge can be hidden by a millisecond of preemption. */
const EDGES = 3;
/** An edge this sharp needs no second try. */
const SHARP_MS = 0.002;
/** `Date.now()` changes every millisecond; a clock that shows no edge for this long is not running. */
const GIVE_UP_MS = 50;

export const realClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  readWall,
};

function readWall(): WallReading {
  let best = readEdge();
  for (let i = 1; i < EDGES && best.uncertaintyMs > SHARP_MS; i++) {
    const edge = readEdge();
    if (edge.uncertaintyMs < best.uncertaintyMs) best = edge;
  }
  return best;
}

function readEdge(): WallReading {
  const startMs = performance.now();
  const firstWall = Date.now();
  let before = startMs;
  for (;;) {
    const wallMs = Date.now();
    const after = performance.now();
    if (wallMs !== firstWall) {
      // The edge happened between two looks at the monotonic clock: take the middle, and half the gap as the error.
      return { wallMs, monotonicMs: (before + after) / 2, uncertaintyMs: (after - before) / 2 };
    }
    if (after - startMs > GIVE_UP_MS) return { wallMs, monotonicMs: after, uncertaintyMs: 1 };
    before = after;
  }
}
