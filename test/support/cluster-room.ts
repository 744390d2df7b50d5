/**
 * A cluster room and nodes that beat, in virtual time: an aggregator that can be stopped or cut off, nodes that can be
 * killed, stopped, cut off, restarted, and whose clocks can be wrong.
 */
import {
  type ClusterSnapshot,
  type Clusters,
  createClusters,
  type KnownNode,
  type NodeSnapshot,
} from "#src/cluster/cluster.ts";
import type { Moment } from "#src/cluster/observation.ts";
import { clusterOptions } from "#src/cluster/options.ts";
import { type CountingMetrics, countingMetrics } from "./counting-metrics.ts";

export const START_MS = 1_795_000_000_000;
/** The aggregator ticks this often. */
const TICK_MS = 500;

export interface Room {
  readonly clusters: Clusters;
  readonly metrics: CountingMetrics;
  now(): Moment;
  /** Time passes; the aggregator ticks, and nodes beat. */
  pass(ms: number): void;
  /** Time passes, nodes beat, and the aggregator sees nothing of it until the end: it was stopped. */
  stall(ms: number): void;
  /** Sets the aggregator's wall clock. */
  setClock(byMs: number): void;
  send(name: string, value: number, seconds?: number): boolean;
  node(name: string, options?: Partial<NodeOptions>): TestNode;
  snapshot(cluster?: string): ClusterSnapshot;
  state(node: string): NodeSnapshot;
}

export interface NodeOptions {
  readonly intervalMs: number;
  /** When in the interval it beats. */
  readonly phaseMs: number;
  /** Its clock against the aggregator's at the start. */
  readonly clockMs: number;
}

export interface TestNode {
  /** False: killed, without a word. */
  running: boolean;
  /** False: beats, but into its queue. */
  connected: boolean;
  clockMs: number;
  /** Starts a new process. */
  restart(): void;
  goodbye(): void;
  /** Sends what has queued, at once. */
  drain(order?: "oldest first" | "newest first"): void;
  queued(): number;
}

interface Beat {
  readonly started: number;
  readonly sequence: number;
  readonly seconds: number;
}

export function createRoom(
  settings: Record<string, unknown> = {},
  known: readonly KnownNode[] = [],
  lastRanMs?: number,
): Room {
  let elapsedMs = 0;
  let setByMs = 0;
  let stalled = false;
  const everyTick: (() => void)[] = [];
  const kernelQueue: (() => void)[] = [];
  const now = (): Moment => ({ monotonicMs: 5_000 + elapsedMs, wallMs: START_MS + elapsedMs + setByMs });
  const metrics = countingMetrics();
  const clusters = createClusters({ options: clusterOptions.parse(settings), metrics, now: now(), known, lastRanMs });

  function send(name: string, value: number, seconds = Math.floor((START_MS + elapsedMs) / 1000)): boolean {
    return clusters.observe({ name, value, seconds }, now());
  }

  /** What arrives while the aggregator is stopped waits in the kernel. */
  function arrive(deliver: () => void): void {
    if (stalled) kernelQueue.push(deliver);
    else deliver();
  }

  function pass(ms: number): void {
    for (const endMs = elapsedMs + ms; elapsedMs < endMs; ) {
      elapsedMs += TICK_MS;
      for (const run of everyTick) run();
      if (!stalled) clusters.tick(now());
    }
  }

  function node(name: string, given: Partial<NodeOptions> = {}): TestNode {
    const options = { intervalMs: 10_000, phaseMs: 0, clockMs: 0, ...given };
    const clockSeconds = (): number => (START_MS + elapsedMs + self.clockMs) / 1000;
    let queue: Beat[] = [];
    function deliver({ started, sequence, seconds }: Beat): void {
      const root = `connect.prod.${name}.sidecar.`;
      arrive(() => {
        send(`${root}started_seconds`, started, seconds);
        send(`${root}heartbeat_interval_seconds`, options.intervalMs / 1000, seconds);
        send(`${root}heartbeat`, sequence, seconds);
      });
    }
    const self: TestNode = {
      running: true,
      connected: true,
      clockMs: options.clockMs,
      restart() {
        process = { started: clockSeconds(), sequence: 0 };
        self.running = true;
      },
      goodbye() {
        self.running = false;
        const seconds = Math.floor(clockSeconds());
        send(`connect.prod.${name}.sidecar.started_seconds`, process.started, seconds);
        send(`connect.prod.${name}.sidecar.goodbye`, 1, seconds);
      },
      drain(order = "oldest first") {
        for (const beat of order === "oldest first" ? queue : queue.toReversed()) deliver(beat);
        queue = [];
      },
      queued: () => queue.length,
    };
    let process = { started: clockSeconds(), sequence: 0 };
    everyTick.push(() => {
      if (!self.running || (elapsedMs - options.phaseMs) % options.intervalMs !== 0) return;
      const beat = { ...process, sequence: ++process.sequence, seconds: Math.floor(clockSeconds()) };
      if (self.connected) deliver(beat);
      else queue.push(beat);
    });
    return self;
  }

  return {
    clusters,
    metrics,
    now,
    pass,
    stall(ms) {
      stalled = true;
      pass(ms);
      stalled = false;
      for (const deliver of kernelQueue.splice(0)) deliver();
      clusters.tick(now());
    },
    setClock(byMs) {
      setByMs += byMs;
    },
    send,
    node,
    snapshot: (cluster = "prod") => clusters.snapshot(now()).find((snapshot) => snapshot.cluster === cluster)!,
    state: (name) =>
      clusters
        .snapshot(now())
        .flatMap(({ nodes }) => nodes)
        .find((snapshot) => snapshot.node === name)!,
  };
}
