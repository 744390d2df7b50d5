/** The real world with a wall clock that is wrong: what a node without NTP sees. */
import type { World } from "../../core/world.ts";

export interface Skew {
  /** How far the clock is ahead at the start. */
  readonly offsetMs: number;
  /** How much it gains, in millionths. */
  readonly ppm: number;
}

/** The clock runs by itself from now on: what NTP does to the machine's own passes it by, as it would a node without NTP. */
export function skewedWorld(world: World, { offsetMs, ppm }: Skew): World {
  const start = world.clock.readWall();
  const wallAt = (monotonicMs: number): number =>
    start.wallMs + offsetMs + (monotonicMs - start.monotonicMs) * (1 + ppm / 1e6);
  return {
    ...world,
    clock: {
      monotonicMs: () => world.clock.monotonicMs(),
      wallMs: () => Math.floor(wallAt(world.clock.monotonicMs())),
      readWall: () => {
        const monotonicMs = world.clock.monotonicMs();
        return { monotonicMs, wallMs: wallAt(monotonicMs), uncertaintyMs: start.uncertaintyMs };
      },
    },
  };
}
