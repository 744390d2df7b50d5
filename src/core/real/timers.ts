import type { Timers } from "../world.ts";

/** Node clamps longer delays to one millisecond, with a warning; we wait in pieces instead. */
const LONGEST_MS = 2_147_483_647;

export const realTimers: Timers = {
  after(delayMs, run) {
    let handle: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      if (leftMs <= LONGEST_MS) handle = setTimeout(run, Math.max(0, leftMs));
      else handle = setTimeout(() => wait(leftMs - LONGEST_MS), LONGEST_MS);
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
