/**
 * The clusters that this aggregator watches: which nodes live, whether their clocks agree, and when it could see them.
 *
 * The composition root hands over the samples of interest as they arrive (`isClusterSeries` tells which), calls `tick`
 * at least once a second, and says when the listener is up or down. Pages and alert rules read snapshots: plain data.
 * Nothing here has a timer, a socket or a clock of its own.
 */
import { LIMITS } from "../core/limits.ts";
import type { Metrics } from "../core/metrics.ts";
import type { Sample } from "../core/sample.ts";
import {
  agreementOf,
  type ClockAgreement,
  type ClockReport,
  type ClockVerdict,
  clockVerdict,
  differenceNow,
} from "./clock-agreement.ts";
import { type KnownBefore, type NodeState, newLiveness, silenceMs } from "./liveness.ts";
import { newNode, withClock, withLife } from "./node.ts";
import { advance, type BlindBand, type BlindReason, blindNow, type Moment, setListening } from "./observation.ts";
import type { ClusterOptions } from "./options.ts";
import { type ClusterSeries, parseClusterSeries } from "./series.ts";
import { createWatch, passTime, type Watch } from "./watch.ts";

export interface Clusters {
  /** Takes a sample as it arrived; returns whether it was one that this room reads. */
  observe(sample: Sample, arrival: Moment): boolean;
  /** Time passed. A pause of more than two seconds between calls counts as time in which nothing was seen. */
  tick(now: Moment): void;
  /** Whether samples can arrive at all: false while the listener is down. */
  listening(up: boolean, now: Moment): void;
  /** Everything known, cluster by cluster in the order of their names. */
  snapshot(now: Moment): readonly ClusterSnapshot[];
}

export interface ClustersContext {
  readonly options: ClusterOptions;
  readonly metrics: Metrics;
  readonly now: Moment;
  /** The nodes that were part of a cluster when the aggregator last ran. */
  readonly known: readonly KnownNode[];
  /** When it last ran, by its wall clock: since then nobody looked. Undefined: it never ran. */
  readonly lastRanMs: number | undefined;
}

export interface KnownNode extends KnownBefore {
  readonly cluster: string;
  readonly node: string;
}

/** Times are of the aggregator's wall clock unless their name says otherwise. */
export interface ClusterSnapshot {
  readonly cluster: string;
  readonly observingSinceMs: number;
  /** Why silence does not count at the moment; undefined while it does. */
  readonly blind: BlindReason | "settling" | undefined;
  /** Times in which the cluster was not seen, oldest first. */
  readonly blindBands: readonly BlindBand[];
  /** The nodes that fell silent at once, while that lasts: one condition, and not the nodes' fault until proven. */
  readonly silentTogether: readonly string[];
  readonly nodes: readonly NodeSnapshot[];
  readonly clocks: ClockAgreement;
}

export interface NodeSnapshot {
  readonly node: string;
  readonly state: NodeState;
  /** When the state began; for a silent node, when its first beat was missing. */
  readonly sinceMs: number;
  readonly noticedAtMs: number;
  readonly lastSeenMs: number | undefined;
  /** Observed time since the last sign of life. */
  readonly silentMs: number;
  readonly intervalMs: number;
  /** By the node's own clock. */
  readonly startedSeconds: number | undefined;
  readonly restarts: number;
  readonly backfilledBeats: number;
  readonly clock: NodeClock | undefined;
  /** Whether the node could measure its clock when it last tried; undefined: it never told. */
  readonly clockReachable: boolean | undefined;
}

/** Node minus aggregator: positive = the node's clock is fast. */
export interface NodeClock {
  readonly offsetMs: number;
  /** As it is now: it grows with the age. */
  readonly boundMs: number;
  readonly delayMs: number | undefined;
  readonly driftPpm: number | undefined;
  readonly driftBoundPpm: number | undefined;
  readonly ageMs: number;
  readonly warning: ClockVerdict;
  readonly critical: ClockVerdict;
  /** Most clocks contradict this one. */
  readonly wrong: boolean;
}

export function createClusters({ options, metrics, now, known, lastRanMs }: ClustersContext): Clusters {
  const refused = metrics.counter("lockstep_cluster_refused_total", "Samples of nodes that are not watched.", [
    "reason",
  ]);
  const watches = new Map<string, Watch>();
  let isListening = true;

  function watchOf(cluster: string, moment: Moment, lastRan?: number): Watch {
    const there = watches.get(cluster);
    if (there !== undefined) return there;
    const made = createWatch(options, moment, lastRan);
    made.observation = setListening(made.observation, isListening, options);
    watches.set(cluster, made);
    return made;
  }

  /** A node is who beats: what only tells of its clock is not one yet. */
  function mayBegin(series: ClusterSeries): boolean {
    if (series.of !== "life" || series.subject === "goodbye") return false;
    let nodes = 0;
    for (const watch of watches.values()) nodes += watch.nodes.size;
    if (nodes >= LIMITS.clusterNodes) refused.add(1, { reason: "node_limit" });
    return nodes < LIMITS.clusterNodes;
  }

  for (const before of known.slice(0, LIMITS.clusterNodes)) {
    watchOf(before.cluster, now, lastRanMs).nodes.set(before.node, newNode(newLiveness(now, 0, before)));
  }

  return {
    observe(sample, arrival) {
      const series = parseClusterSeries(sample.name);
      if (series === undefined) return false;
      const isKnown = watches.get(series.cluster)?.nodes.has(series.node) === true;
      if (!Number.isFinite(sample.value) || !(isKnown || mayBegin(series))) return true;
      takeSample(watchOf(series.cluster, arrival), series, sample, arrival, options);
      return true;
    },
    tick(moment) {
      for (const [cluster, watch] of watches) {
        passTime(watch, moment, options);
        if (watch.nodes.size === 0) watches.delete(cluster);
      }
    },
    listening(up, moment) {
      isListening = up;
      for (const watch of watches.values()) {
        watch.observation = setListening(advance(watch.observation, moment, options), up, options);
      }
    },
    snapshot(moment) {
      const inOrder = [...watches].sort(byName);
      return inOrder.map(([cluster, watch]) => clusterSnapshot(cluster, watch, moment, options));
    },
  };
}

function takeSample(
  watch: Watch,
  series: ClusterSeries,
  sample: Sample,
  arrival: Moment,
  options: ClusterOptions,
): void {
  watch.observation = advance(watch.observation, arrival, options);
  const { observedMs } = watch.observation;
  const node = watch.nodes.get(series.node) ?? newNode(newLiveness(arrival, observedMs));
  const arrived = { sample, arrival, observedMs };
  watch.nodes.set(
    series.node,
    series.of === "life" ? withLife(node, series.subject, arrived, options) : withClock(node, series.subject, arrived),
  );
}

/** What has to be kept so that an aggregator that starts again knows whom to expect. */
export function knownNodes(snapshots: readonly ClusterSnapshot[]): readonly KnownNode[] {
  return snapshots.flatMap(({ cluster, nodes }) =>
    nodes.flatMap(({ node, lastSeenMs, intervalMs, state }) =>
      lastSeenMs === undefined ? [] : [{ cluster, node, lastSeenMs, intervalMs, stopped: state === "stopped" }],
    ),
  );
}

// ---- snapshots --------------------------------------------------------------------------------------------------

function clusterSnapshot(cluster: string, watch: Watch, now: Moment, options: ClusterOptions): ClusterSnapshot {
  const { observation, silentTogether } = watch;
  const nodes = [...watch.nodes].sort(byName);
  const clocks = agreementOf(
    nodes.flatMap(([node, { clock }]) => {
      return isCurrent(clock, now, options) ? [{ node, ...differenceNow(clock, now.monotonicMs) }] : [];
    }),
  );
  const wrong = new Set(clocks.wrongNodes);
  return {
    cluster,
    observingSinceMs: observation.startedMs,
    blind: blindNow(observation, options),
    blindBands: observation.bands,
    silentTogether: [...silentTogether].sort(),
    nodes: nodes.map(([node, { liveness, clock, clockReachable }]) => ({
      node,
      state: liveness.state,
      sinceMs: liveness.sinceMs,
      noticedAtMs: liveness.noticedAtMs,
      lastSeenMs: liveness.lastSeenMs,
      silentMs: silenceMs(liveness, observation.observedMs),
      intervalMs: liveness.intervalMs,
      startedSeconds: liveness.fresh?.startedSeconds,
      restarts: liveness.restarts,
      backfilledBeats: liveness.backfilled,
      clock: isCurrent(clock, now, options) ? clockSnapshot(clock, wrong.has(node), now, options) : undefined,
      clockReachable,
    })),
    clocks,
  };
}

function isCurrent(clock: ClockReport | undefined, now: Moment, options: ClusterOptions): clock is ClockReport {
  return clock !== undefined && now.monotonicMs - clock.measuredAtMs <= options.forgetClock;
}

function clockSnapshot(clock: ClockReport, wrong: boolean, now: Moment, options: ClusterOptions): NodeClock {
  const difference = differenceNow(clock, now.monotonicMs);
  return {
    ...difference,
    delayMs: clock.delayMs,
    driftPpm: clock.driftPpm,
    driftBoundPpm: clock.driftBoundPpm,
    ageMs: now.monotonicMs - clock.measuredAtMs,
    warning: clockVerdict(difference, options.warning),
    critical: clockVerdict(difference, options.critical),
    wrong,
  };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
