/**
 * Reads the wall clock many times, in a process of its own (so that libfaketime can give it another clock), and prints
 * the readings as JSON.
 *
 *     node read-walls.js COUNT
 */
import { fileURLToPath } from "node:url";
import { realClock } from "#src/core/real/clock.ts";

export interface WallReadingTaken {
  /** Both counted from the first reading. */
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly uncertaintyMs: number;
  readonly tookMs: number;
}

export const READ_WALLS = fileURLToPath(import.meta.url);

async function main(count: number): Promise<void> {
  const first = realClock.readWall();
  const readings: WallReadingTaken[] = [];
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    const { wallMs, monotonicMs, uncertaintyMs } = realClock.readWall();
    readings.push({
      wallMs: wallMs - first.wallMs,
      monotonicMs: monotonicMs - first.monotonicMs,
      uncertaintyMs,
      tookMs: performance.now() - startMs,
    });
    if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  console.log(JSON.stringify(readings));
}

if (process.argv[1] === READ_WALLS) await main(Number(process.argv[2]));
