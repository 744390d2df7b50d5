/** The real world with a wall clock that is wrong: what a node without NTP sees. */
import type { World } from "../../core/world.ts";

export interface Skew {
  /** How far the clock is ahead at the start. */
  readonly offsetMs: number;
  /** How much it gains, in millionths. */
  readonly ppm: number;
}

export function skewedWorld(world: World, { offsetMs, ppm }: Skew): World {
  const startMs = world.clock.monotonicMs();
  const errorAt = (monotonicMs: number): number => offsetMs + ((monotonicMs - startMs) * ppm) / 1e6;
  return {
    ...world,
    clock: {
      monotonicMs: () => world.clock.monotonicMs(),
      wallMs: () => Math.floor(world.clock.wallMs() + errorAt(world.clock.monotonicMs())),
      readWall: () => {
        const reading = world.clock.readWall();
        return { ...reading, wallMs: reading.wallMs + errorAt(reading.monotonicMs) };
      },
    },
  };
}
