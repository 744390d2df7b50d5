/** The series by which nodes tell of their life and their clock: what this room reads of all that arrives. */
import { CLUSTER_NODE, parseNodeName } from "../core/metric-name.ts";

/** Sent by the heartbeat collector, in this order; `goodbye` instead of `heartbeat` at a planned stop. */
export type LifeSubject = "started" | "interval" | "heartbeat" | "goodbye";

/** Sent by the clock collector about the aggregator; the offset comes last. */
export type ClockSubject = "reachable" | "bound" | "delay" | "driftPpm" | "driftBoundPpm" | "offset";

export type ClusterSeries =
  | { readonly cluster: string; readonly node: string; readonly of: "life"; readonly subject: LifeSubject }
  | { readonly cluster: string; readonly node: string; readonly of: "clock"; readonly subject: ClockSubject };

const LIFE: ReadonlyMap<string, LifeSubject> = new Map([
  ["sidecar.started_seconds", "started"],
  ["sidecar.heartbeat_interval_seconds", "interval"],
  ["sidecar.heartbeat", "heartbeat"],
  ["sidecar.goodbye", "goodbye"],
]);

const CLOCK: ReadonlyMap<string, ClockSubject> = new Map([
  ["clock.aggregator.reachable", "reachable"],
  ["clock.aggregator.bound_seconds", "bound"],
  ["clock.aggregator.delay_seconds", "delay"],
  ["clock.aggregator.drift_ppm", "driftPpm"],
  ["clock.aggregator.drift_bound_ppm", "driftBoundPpm"],
  ["clock.aggregator.offset_seconds", "offset"],
]);

export function parseClusterSeries(name: string): ClusterSeries | undefined {
  const parsed = parseNodeName(name);
  if (parsed === undefined || parsed.node === CLUSTER_NODE) return undefined;
  const { cluster, node } = parsed;
  const life = LIFE.get(parsed.subject);
  if (life !== undefined) return { cluster, node, of: "life", subject: life };
  const clock = CLOCK.get(parsed.subject);
  return clock === undefined ? undefined : { cluster, node, of: "clock", subject: clock };
}

/** Whether `Clusters.observe` wants to see the samples of a series. */
export function isClusterSeries(name: string): boolean {
  return parseClusterSeries(name) !== undefined;
}
