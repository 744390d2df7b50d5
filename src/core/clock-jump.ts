/**
 * What became of a process between two looks at its clocks.
 *
 * Both clocks go on while a process is stopped or starved: that is a stall. Only the wall clock moves when somebody
 * sets it (or a virtual machine wakes up): that is a step. So a late timer alone never says that the clock is wrong.
 */
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

export function clockJump(from: ClockLook, to: ClockLook, expectedMs: number): ClockJump {
  const passedMs = to.monotonicMs - from.monotonicMs;
  return { stepMs: to.wallMs - from.wallMs - passedMs, lateMs: Math.max(0, passedMs - expectedMs) };
}
