/**
 * Loaded before our program (`node --import`): measures how late the event loop of the main thread runs. At each SIGUSR2
 * it writes the figures since the one before, in milliseconds, to the file that BENCH_STALLS names.
 */
import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const path = process.env["BENCH_STALLS"];
const RESOLUTION_MS = 1;

export interface Stalls {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

if (isMainThread && path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on("SIGUSR2", () => {
    const stalls: Stalls = { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
    writeFileSync(`${path}.tmp`, JSON.stringify(stalls));
    renameSync(`${path}.tmp`, path);
    delay.reset();
  });
}
