/**
 * What a collector is: one source of measurements about this node, in one file.
 *
 * A file exports one `CollectorModule`: its name, what it reads, its options (with defaults and help) and how it is
 * made. The list in `index.ts` is written by `npm run fix`. The runner (runner.ts) gives each its own interval and
 * deadline, so that one that fails, hangs or is slow never disturbs another.
 */
import { z } from "zod";
import type { ClusterClock } from "../core/cluster-clock.ts";
import type { Log } from "../core/log.ts";
import { clusterRoot, nameNode, nodeRoot } from "../core/metric-name.ts";
import type { Metrics } from "../core/metrics.ts";
import { duration } from "../core/options.ts";
import type { World } from "../core/world.ts";

export interface CollectorModule<Schema extends z.ZodType<CollectorSchedule> = z.ZodType<CollectorSchedule>> {
  /** The key of its settings under `sidecar.collectors`, and the node of its own series: `scrape.<name>.up`. */
  readonly name: string;
  /** One sentence for the documentation: what it reads and what it sends. */
  readonly summary: string;
  readonly options: Schema;
  create(context: CollectorContext, options: z.output<Schema>): Collector;
}

/** Fixes the type of a module's options by its schema. */
export function collectorModule<Schema extends z.ZodType<CollectorSchedule>>(
  module: CollectorModule<Schema>,
): CollectorModule<Schema> {
  return module;
}

export interface Collector {
  /**
   * Measures once. Rejects with a LockstepError when the source can't be read; measurements emitted before count.
   * `signal` is aborted at the deadline: what still waits should give up then.
   */
  collect(emit: Emit, signal: AbortSignal): Promise<void>;
  /** Last words at a planned stop: called once, before `close`, and what it emits is still sent. */
  goodbye?(emit: Emit): void;
  /** Frees what the collector holds. */
  close?(): Promise<void>;
}

export type Emit = (measurement: Measurement) => void;

export interface Measurement {
  /** Full dotted name, made by `names`. */
  readonly name: string;
  readonly value: number;
  /** When it was measured by this node's clock; absent: when the collection began. */
  readonly wallMs?: number;
  /**
   * The value belongs to a whole interval of this length that ends at `wallMs`, as an RRD row does: when stamps are
   * corrected to cluster time they move by whole steps only.
   */
  readonly stepSeconds?: number;
}

export interface CollectorContext {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly names: Names;
  /** What samples are stamped by; the clock collector feeds it. Absent where nothing is stamped: one-shot commands, tests. */
  readonly clusterClock?: ClusterClock;
}

/** Where measurements live in the name tree. Subjects are dotted and already clean. */
export interface Names {
  readonly cluster: string;
  readonly node: string;
  /** `connect.<cluster>.<node>.<subject>` */
  ofNode(subject: string): string;
  /** `connect.<cluster>._cluster.<subject>`: a value that every node reports for the whole cluster. */
  ofCluster(subject: string): string;
  /** The same as `ofNode` for a node that the source names: job.hostname, for instance. */
  ofHost(hostname: string, subject: string): string;
}

export function nodeNames(cluster: string, node: string): Names {
  const root = nodeRoot(cluster, node);
  return {
    cluster: nameNode(cluster),
    node: nameNode(node),
    ofNode: (subject) => `${root}.${subject}`,
    ofCluster: (subject) => `${clusterRoot(cluster)}.${subject}`,
    ofHost: (hostname, subject) => `${nodeRoot(cluster, hostname)}.${subject}`,
  };
}

/** The settings that every collector has. */
export interface CollectorSchedule {
  readonly enabled: boolean;
  readonly interval: number;
  readonly deadline: number;
}

/** The first entries of every collector's options. Durations are milliseconds once read. */
export function schedule(interval: string, deadline: string, enabled = true) {
  return {
    enabled: z.boolean().default(enabled).describe("Whether this collector runs."),
    interval: duration(interval, "Time between two collections."),
    deadline: duration(deadline, "A collection that takes longer is given up and counted as failed."),
  };
}
