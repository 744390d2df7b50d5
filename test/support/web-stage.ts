/**
 * The web in front of a real cluster room with nodes that beat in virtual time, over series in memory: every state of a
 * cluster within a moment. `live` lets virtual time run with the real one.
 */
import type { AlertView } from "#src/alerts/engine.ts";
import { clusterOptions } from "#src/cluster/options.ts";
import { silentLog } from "#src/core/log.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { NameTable } from "#src/core/name-table.ts";
import { realWorld } from "#src/core/real/world.ts";
import type { StoreStats } from "#src/core/series-store.ts";
import type { World } from "#src/core/world.ts";
import { createMetrics, type PublishedMetrics } from "#src/exporters/prometheus.ts";
import type { WebDependencies } from "#src/web/dependencies.ts";
import { openWeb, type Web } from "#src/web/server.ts";
import { createRoom, type Room, START_MS, type TestNode } from "./cluster-room.ts";
import { type MemorySeries, memoryReader } from "./memory-reader.ts";
import { queryEnvironment } from "./query-environment.ts";

export interface Stage {
  readonly url: string;
  readonly room: Room;
  readonly nodes: ReadonlyMap<string, TestNode>;
  /** What the pages are told; tests change it. */
  alerts: readonly AlertView[];
  store: StoreStats;
  /** A node of the cluster `prod`, with its series. */
  addNode(name: string, options?: StageNode): TestNode;
  /** The node dies without a word, and its collectors with it. */
  kill(name: string): void;
  /** Virtual time runs with the real one from here. */
  live(): void;
  /** The aggregator stops serving, and serves again on the same port, as after a restart. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface StageNode {
  readonly offsetMs?: number;
  readonly boundMs?: number;
  readonly ppm?: number;
  /** How fast its clock got to where it is. */
  readonly driftsMsPerMinute?: number;
  /** What its collectors send; absent: nothing but the beat and the clock. */
  readonly collects?: boolean;
  readonly rrdAgeSeconds?: number;
  readonly prometheusUp?: number;
}

export const STAGE_STORE: StoreStats = {
  series: 0,
  seriesLimit: 1_000,
  deletedSeries: { asked: 0, unseen: 0 },
  diskBytes: 0,
  segments: 0,
  pendingBytes: 0,
  samples: { appended: 0, late: 0, future: 0, dropped: {} },
  blocked: undefined,
  damage: [],
};

const STEP_MS = 500;

export async function openStage(changes: Partial<WebDependencies> = {}, externalUrl?: string): Promise<Stage> {
  const room = createRoom();
  const series: MemorySeries[] = [];
  const nodes = new Map<string, TestNode>();
  const world = roomWorld(room);
  let running: NodeJS.Timeout | undefined;
  const stage = {
    room,
    nodes,
    alerts: [] as readonly AlertView[],
    store: STAGE_STORE,
    addNode(name: string, options: StageNode = {}): TestNode {
      const node = room.node(name);
      nodes.set(name, node);
      if (options.collects !== false) series.push(...seriesOf(name, nodes.size, options));
      room.pass(10_000);
      tellClock(room, name, options);
      return node;
    },
    kill(name: string) {
      nodes.get(name)!.running = false;
      const own = series.filter((one) => one.name.startsWith(`connect.prod.${name}.`));
      for (const one of own) series[series.indexOf(one)] = endingAt(one, room.now().wallMs / 1000);
    },
    live() {
      running ??= setInterval(() => room.pass(STEP_MS), STEP_MS);
    },
  };
  const open = (port: number): Promise<Web> => {
    const dependencies = { ...dependenciesOf(stage, world, createMetrics(), series), ...changes };
    return openWeb({ dependencies, listen: { host: "127.0.0.1", port }, externalUrl });
  };
  let web = await open(0);
  const { port } = web.address;
  return Object.assign(stage, {
    url: `http://127.0.0.1:${port}`,
    stop: () => web.close(),
    async restart() {
      web = await open(port);
    },
    close() {
      clearInterval(running);
      return web.close();
    },
  });
}

/** Real sockets and timers under the clocks of the room. */
function roomWorld(room: Room): World {
  const clock = {
    wallMs: () => room.now().wallMs,
    monotonicMs: () => room.now().monotonicMs,
    readWall: () => ({ ...room.now(), uncertaintyMs: 0 }),
  };
  return { ...realWorld(), clock };
}

function dependenciesOf(
  stage: Pick<Stage, "room" | "alerts" | "store">,
  world: World,
  metrics: Metrics & Pick<PublishedMetrics, "page">,
  series: readonly MemorySeries[],
): WebDependencies {
  const { warning, critical } = clusterOptions.parse({});
  return {
    world,
    log: silentLog,
    metrics,
    version: "0.1.0",
    query: queryEnvironment(memoryReader(series), { clock: world.clock }),
    series: { names: new NameTable(1), delete: async () => undefined },
    thresholds: { warning, critical },
    listening: { line: { host: "127.0.0.1", port: 2003 }, time: { host: "127.0.0.1", port: 2123 } },
    snapshot: () => stage.room.clusters.snapshot(stage.room.now()),
    alerts: () => stage.alerts,
    deliveries: () => ({ waiting: 0, attempts: [] }),
    rejects: () => [],
    storeStats: () => stage.store,
    futurePoints: () => 0,
    metricsPage: () => metrics.page(),
  };
}

/** As the clock collector does: the offset comes last. */
export function tellClock(room: Room, name: string, { offsetMs = 0.12, boundMs = 0.4, ppm = 1.2 }: StageNode): void {
  const root = `connect.prod.${name}.clock.aggregator.`;
  room.send(`${root}reachable`, 1);
  room.send(`${root}bound_seconds`, boundMs / 1000);
  room.send(`${root}delay_seconds`, 0.0007);
  room.send(`${root}drift_ppm`, ppm);
  room.send(`${root}drift_bound_ppm`, 0.3);
  room.send(`${root}offset_seconds`, offsetMs / 1000);
}

const MINUTE = 60;
const HISTORY_SECONDS = 6 * 3600;
const AHEAD_SECONDS = 3 * 3600;

/** Series as a node's collectors would have sent them over the last hours, by a curve for each. */
function seriesOf(name: string, number: number, options: StageNode): MemorySeries[] {
  const { offsetMs = 0.12, boundMs = 0.4, rrdAgeSeconds = 42, prometheusUp = 1, driftsMsPerMinute = 0 } = options;
  const wave = (minutes: number, low: number, high: number) => (i: number) => {
    const phase = ((i + number * 17) / minutes) * 2 * Math.PI;
    const slow = 0.2 * Math.sin(phase) + 0.12 * Math.sin(phase * 0.37 + number) + 0.08 * Math.sin(phase * 2.9);
    return low + (high - low) * Math.max(0, 0.45 + slow + 0.3 * (noise(i * 7 + number + minutes) - 0.5));
  };
  const curves: Readonly<Record<string, (i: number) => number>> = {
    "host.load.1min": wave(47, 0.2, 1.6 + (number % 3)),
    "host.load.5min": wave(61, 0.4, 1.4 + (number % 3)),
    "host.load.15min": wave(97, 0.5, 1.2 + (number % 3)),
    "host.cpu.user": wave(47, 0.05, 0.45),
    "host.cpu.system": wave(53, 0.02, 0.12),
    "host.cpu.iowait": wave(31, 0, 0.05),
    "host.memory.used_bytes": wave(170, 5e9, 9e9),
    "host.memory.total_bytes": () => 16 * 1024 ** 3,
    "clock.aggregator.offset_seconds": (i) =>
      (offsetMs - Math.max(0, HISTORY_SECONDS / MINUTE + 75 - i) * driftsMsPerMinute + wave(90, -0.1, 0.1)(i)) / 1000,
    "clock.aggregator.bound_seconds": () => boundMs / 1000,
    "shiny.sessions.active": (i) => Math.round(wave(120, 4, 30)(i)),
    "http.duration.p50": wave(40, 0.02, 0.06),
    "http.duration.p95": wave(44, 0.1, 0.4),
    "http.duration.p99": wave(37, 0.3, 0.9),
    "scrape.prometheus.up": () => prometheusUp,
    "scrape.rrd.up": () => 1,
    "rrd.newest_update_age_seconds": (i) => rrdAgeSeconds + Math.round(20 * noise(i) - 10),
    "scrape.prometheus.duration_seconds": wave(20, 0.01, 0.05),
    "scrape.rrd.duration_seconds": wave(25, 0.005, 0.02),
    "scrape.host.duration_seconds": wave(30, 0.002, 0.004),
  };
  return Object.entries(curves).map(([subject, curve]) => memorySeries(`connect.prod.${name}.${subject}`, curve));
}

/** In [0, 1), the same for the same number. */
function noise(i: number): number {
  const x = Math.sin(i * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
}

function endingAt({ name, archives }: MemorySeries, endSeconds: number): MemorySeries {
  const cut = archives.map((archive) => {
    const values = archive.values.slice(0, Math.floor((endSeconds - archive.startSeconds) / archive.stepSeconds));
    return { ...archive, values };
  });
  return { name, archives: cut };
}

export function memorySeries(name: string, curve: (i: number) => number): MemorySeries {
  const startSeconds = Math.floor((START_MS / 1000 - HISTORY_SECONDS) / MINUTE) * MINUTE;
  const values = Array.from({ length: (HISTORY_SECONDS + AHEAD_SECONDS) / MINUTE }, (_, i) => curve(i));
  return { name, archives: [{ stepSeconds: MINUTE, retentionSeconds: 7 * 86_400, startSeconds, values }] };
}
