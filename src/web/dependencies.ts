/** What the web shows: handed in by the composition root, read-only but for what routes say. */
import type { AlertView } from "../alerts/engine.ts";
import type { Attempt } from "../alerts/outbox.ts";
import type { ClusterSnapshot } from "../cluster/cluster.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import type { SeriesReader, StoreStats } from "../core/series-store.ts";
import type { World } from "../core/world.ts";

export interface WebDependencies {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  readonly reader: SeriesReader;
  /** The state of all clusters, now. */
  snapshot(): readonly ClusterSnapshot[];
  alerts(): readonly AlertView[];
  deliveries(): { readonly waiting: number; readonly attempts: readonly Attempt[] };
  /** The latest lines that were refused, the newest first. */
  rejects(): readonly RejectView[];
  storeStats(): StoreStats;
  /** Our own metrics for Prometheus. */
  metricsPage(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface RejectView {
  readonly wallMs: number;
  readonly receiver: string;
  readonly sender: string;
  readonly reason: string;
  readonly text: string;
}
