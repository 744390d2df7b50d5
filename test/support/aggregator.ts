/** A real aggregator of ours in this process, on free ports of the loopback and a directory of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Aggregator, composeAggregator } from "#src/commands/compose/aggregator.ts";
import { loadConfig } from "#src/config/load.ts";
import { configSchema } from "#src/config/schema.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import type { FetchedSeries } from "#src/core/series-store.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";

export interface LiveAggregator {
  readonly aggregator: Aggregator;
  readonly port: number;
  /** All names that match, sorted. */
  find(pattern: string): Promise<readonly string[]>;
  /** Values of the last so many seconds, by time; only what is known. */
  values(name: string, lastSeconds: number): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

export async function startLiveAggregator(settings: Readonly<Record<string, unknown>> = {}): Promise<LiveAggregator> {
  const directory = await mkdtemp(join(tmpdir(), "lockstep-"));
  const flags = Object.entries({
    "store.directory": directory,
    "receivers.line": "127.0.0.1:0",
    "time.listen": "127.0.0.1:0",
    ...settings,
  });
  const config = loadConfig(configSchema, {
    environment: {},
    flags: flags.map(([key, value]) => ({ flag: key, path: key.split("."), value })),
  }).values;
  const aggregator = await composeAggregator({ world: realWorld(), log: silentLog, metrics: createMetrics(), config });
  const { store } = aggregator;
  return {
    aggregator,
    port: aggregator.addresses.line.port,
    async find(pattern) {
      const found = await store.find({ pattern, limit: 100_000 });
      return found.flatMap(({ path, id }) => (id === undefined ? [] : [path])).sort();
    },
    async values(name, lastSeconds) {
      const id = store.names.idOfName(name);
      if (id < 0) return new Map();
      const now = Math.floor(Date.now() / 1000) + 60;
      const query = {
        series: [{ path: name, id }],
        fromSeconds: now - 60 - lastSeconds,
        untilSeconds: now,
        nowSeconds: now,
      };
      const [series] = await store.fetch(query);
      return knownValues(series!);
    },
    async close() {
      await aggregator.close();
      await rm(directory, { recursive: true });
    },
  };
}

function knownValues(series: FetchedSeries): ReadonlyMap<number, number> {
  const known = new Map<number, number>();
  series.values.forEach((value, i) => {
    if (!Number.isNaN(value)) known.set(series.startSeconds + i * series.stepSeconds, value);
  });
  return known;
}
