/**
 * `readWall` on this machine's clocks: every reading, with its uncertainty, has to agree with every other about the
 * difference of wall and monotonic clock. On an idle machine, on a busy one, and with a wall clock that runs faster.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { READ_WALLS, type WallReadingTaken } from "../support/read-walls.ts";

const LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const READINGS = 1_500;
const run = promisify(execFile);

async function readings(environment: Readonly<Record<string, string>>): Promise<readonly WallReadingTaken[]> {
  const { stdout } = await run(process.execPath, [READ_WALLS, String(READINGS)], {
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout) as WallReadingTaken[];
}

async function whileBusy<T>(loops: number, work: () => Promise<T>): Promise<T> {
  const busy = Array.from({ length: loops }, () => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  try {
    return await work();
  } finally {
    for (const process of busy) process.kill("SIGKILL");
  }
}

function quantiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(2);
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, most ${at(1)}`;
}

/** What the readings say together: where the difference of the clocks lies, once the known rate is taken off. */
function common(taken: readonly WallReadingTaken[], rate: number): { readonly low: number; readonly high: number } {
  const middles = taken.map((reading) => middleOf(reading, rate));
  return {
    low: Math.max(...taken.map(({ uncertaintyMs }, i) => middles[i]! - uncertaintyMs)),
    high: Math.min(...taken.map(({ uncertaintyMs }, i) => middles[i]! + uncertaintyMs)),
  };
}

function middleOf({ wallMs, monotonicMs }: WallReadingTaken, rate: number): number {
  return wallMs - monotonicMs * (1 + rate);
}

const CASES: readonly (readonly [string, number, number])[] = [
  ["on this machine as it is", 0, 0],
  ["beside four busy loops", 4, 0],
  ["with a wall clock that gains 500 ppm", 0, 500],
  ["with a wall clock that gains 500 ppm, beside four busy loops", 4, 500],
];
for (const [name, loops, ppm] of CASES) {
  const skip = ppm === 0 || existsSync(LIBFAKETIME) ? false : "libfaketime is not installed here";
  test(`all readings agree within their uncertainty ${name}`, { skip }, async (t) => {
    const clock = { LD_PRELOAD: LIBFAKETIME, FAKETIME: `+0 x${1 + ppm / 1e6}`, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    const taken = await whileBusy(loops, () => readings(ppm === 0 ? {} : clock));
    const { low, high } = common(taken, ppm / 1e6);
    const middle = (low + high) / 2;
    t.diagnostic(`uncertainty µs: ${quantiles(taken.map(({ uncertaintyMs }) => uncertaintyMs * 1e3))}`);
    t.diagnostic(
      `residual µs: ${quantiles(taken.map((reading) => Math.abs(middleOf(reading, ppm / 1e6) - middle) * 1e3))}`,
    );
    t.diagnostic(`took ms: ${quantiles(taken.map(({ tookMs }) => tookMs))}`);
    assert.ok(low <= high, `the difference is at least ${low} ms and at most ${high} ms`);
  });
}
