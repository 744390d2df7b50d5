/**
 * What became of a process between two looks at its clocks.
 *
 * Both clocks go on while a process is stopped or starved: that is a stall. Only the wall clock moves when somebody
 * sets it (or a virtual machine wakes up): that is a step. So a late timer alone never says that the clock is wrong.
 */
import type { Clock } from "./world.ts";

/** What both clocks showed at one moment. */
export interface ClockLook {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export interface ClockJump {
  /** By how much the wall clock was set; positive = forward. */
  readonly stepMs: number;
  /** Time between the looks beyond what was meant to pass; 0 when the look came early. */
  readonly lateMs: number;
}

/** A process can be stopped between looking at the one clock and at the other; then both looks are not of one moment. */
const ONE_MOMENT_MS = 5;
const TRIES = 10;

export function lookAtClocks(clock: Clock): ClockLook {
  let look: ClockLook;
  let apartMs: number;
  let tries = 0;
  do {
    const before = clock.monotonicMs();
    look = { wallMs: clock.wallMs(), monotonicMs: before };
    apartMs = clock.monotonicMs() - before;
  } while (apartMs > ONE_MOMENT_MS && ++tries < TRIES);
  return look;
}

export function clockJump(from: ClockLook, to: ClockLook, expectedMs: number): ClockJump {
  const passedMs = to.monotonicMs - from.monotonicMs;
  return { stepMs: to.wallMs - from.wallMs - passedMs, lateMs: Math.max(0, passedMs - expectedMs) };
}
