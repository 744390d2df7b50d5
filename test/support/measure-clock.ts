/**
 * A node for live tests: a process of its own (so that libfaketime can give it a clock of its own) that runs the clock
 * collector against an aggregator and prints what it measured, one JSON object a collection.
 *
 *     node measure-clock.js HOST:PORT COLLECTIONS INTERVAL_MS
 */
import { fileURLToPath } from "node:url";
import { clock } from "#src/collectors/clock.ts";
import { nodeNames } from "#src/collectors/collector.ts";
import { createClusterClock } from "#src/core/cluster-clock.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import { countingMetrics } from "./counting-metrics.ts";

/** Subjects below `clock.` and their values. */
export type MeasuredClock = Readonly<Record<string, number>>;

export const MEASURE_CLOCK = fileURLToPath(import.meta.url);

async function main(aggregator: string, collections: number, intervalMs: number): Promise<void> {
  const world = realWorld();
  const context = {
    world,
    log: silentLog,
    metrics: countingMetrics(),
    names: nodeNames("live", "n1"),
    clusterClock: createClusterClock(world.clock),
  };
  const collector = clock.create(context, clock.options.parse({ aggregator, interval: `${intervalMs}ms` }));
  for (let i = 0; i < collections; i++) {
    const values: Record<string, number> = {};
    await collector
      .collect(({ name, value }) => {
        values[name.replace("connect.live.n1.clock.", "")] = value;
      }, AbortSignal.timeout(5_000))
      .catch((error: unknown) => console.error(String(error)));
    console.log(JSON.stringify(values));
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  await collector.close!();
}

if (process.argv[1] === MEASURE_CLOCK) {
  const [aggregator, collections, intervalMs] = process.argv.slice(2);
  await main(aggregator!, Number(collections), Number(intervalMs));
}
