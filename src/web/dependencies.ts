/** What the web shows: handed in by the composition root, read-only but for what routes say. */
import type { AlertView } from "../alerts/engine.ts";
import type { Attempt } from "../alerts/outbox.ts";
import type { ClusterSnapshot } from "../cluster/cluster.ts";
import type { ClusterOptions } from "../cluster/options.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import type { StoreStats } from "../core/series-store.ts";
import type { SocketAddress, World } from "../core/world.ts";
import type { QueryEnvironment } from "../query/environment.ts";
import type { SeriesDeletion } from "../query/tags.ts";

export interface WebDependencies {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  /** What series are read through, by the pages and by the Graphite API. */
  readonly query: QueryEnvironment;
  /** Where series are deleted. */
  readonly series: SeriesDeletion;
  /** Beyond which differences clocks are called wrong: the same that the alerts go by. */
  readonly thresholds: Pick<ClusterOptions, "warning" | "critical">;
  /** Where this aggregator listens, by what it takes there (`line`, `time`, …). `line` is what sidecars send to. */
  readonly listening: Readonly<Record<string, SocketAddress | undefined>> & { readonly line: SocketAddress };
  /** The state of all clusters, now. */
  readonly snapshot: () => readonly ClusterSnapshot[];
  readonly alerts: () => readonly AlertView[];
  readonly deliveries: () => { readonly waiting: number; readonly attempts: readonly Attempt[] };
  /** What the receivers refused, by reason, the one with the newest first. */
  readonly rejects: () => readonly RejectedView[];
  readonly storeStats: () => StoreStats;
  /** Points of a node, since the start, that came with a stamp ahead of our clock. */
  readonly futurePoints: (cluster: string, node: string) => number;
  /** Our own metrics for Prometheus. */
  readonly metricsPage: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface RejectedView {
  readonly reason: string;
  /** In words. */
  readonly meaning: string;
  /** Since the start. */
  readonly count: number;
  /** The newest first. */
  readonly latest: readonly RejectView[];
}

export interface RejectView {
  readonly wallMs: number;
  readonly receiver: string;
  readonly sender: string;
  readonly reason: string;
  readonly text: string;
}
