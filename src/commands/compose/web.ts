/** The web, put together: pages, our own API and the Graphite API over one running aggregator. */
import type { Config } from "../../config/schema.ts";
import { assert } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { World } from "../../core/world.ts";
import type { PublishedMetrics } from "../../exporters/prometheus.ts";
import type { QueryEnvironment } from "../../query/environment.ts";
import { FoundPaths } from "../../query/found-paths.ts";
import { QueryThreads } from "../../query/query-threads.ts";
import { timeZone } from "../../query/time-zone.ts";
import { openWeb, type Web } from "../../web/server.ts";
import type { Aggregator } from "./aggregator.ts";
import { listening } from "./listening.ts";

export interface WebParts {
  readonly world: World;
  readonly log: Log;
  readonly metrics: PublishedMetrics;
  readonly config: Config;
  readonly version: string;
  readonly aggregator: Aggregator;
}

export async function composeWeb({ world, log, metrics, config, version, aggregator }: WebParts): Promise<Web> {
  const { store, intake, alerting, addresses, snapshot, futurePoints } = aggregator;
  const zone = timeZone(config.query.timeZone);
  assert(zone !== undefined, "the settings have let only known time zones through");
  const { clock, timers, random } = world;
  const found = new FoundPaths();
  const alone = { reader: store, clock, timers, random, limits: config.query, timeZone: zone, found };
  const threads = config.query.threads > 0 ? new QueryThreads(alone, world.threads, config.query.threads) : undefined;
  const query: QueryEnvironment = { ...alone, threads };
  const opening = openWeb({
    listen: config.web.listen,
    externalUrl: config.web.externalUrl,
    dependencies: {
      world,
      log: log.child("web"),
      metrics,
      version,
      query,
      series: store,
      thresholds: config.cluster,
      listening: { ...addresses },
      snapshot,
      alerts: () => alerting.alerts(),
      deliveries: () => alerting.deliveries(),
      rejects: () => intake.rejects.byReason(),
      storeStats: () => store.stats(),
      futurePoints: (cluster, node) => futurePoints.of(cluster, node),
      metricsPage: () => metrics.page(),
    },
  });
  const web = await listening("web.listen", config.web.listen, opening);
  const close = async (): Promise<void> => {
    await web.close();
    await threads?.close();
  };
  return { ...web, close };
}
