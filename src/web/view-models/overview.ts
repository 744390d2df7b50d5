/**
 * The first page as plain data: what the view prints, and what open browsers are kept up to date with. Pure: the same
 * observations make the same page.
 */
import type { AlertView } from "../../alerts/engine.ts";
import type { ClusterSnapshot, NodeSnapshot } from "../../cluster/cluster.ts";
import type { RejectedView } from "../dependencies.ts";
import type { Histories, LatestValues } from "../readings.ts";
import { type AlertList, alertList } from "./alert-rows.ts";
import { type ClockPanel, type ClockThresholds, clockPanel } from "./clock.ts";
import { type Figure, figuresOf } from "./figures.ts";
import { type Keyed, keyed } from "./keyed.ts";
import type { Level } from "./level.ts";
import { MARK_OF_LEVEL, type Mark } from "./level.ts";
import { type ObservationPanel, observationPanel } from "./observation.ts";
import { type RejectRow, rejectRows } from "./reject-rows.ts";
import { compareTiles, type Tile, tileOf } from "./tile.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export interface OverviewInput {
  readonly nowMs: number;
  readonly clusters: readonly ClusterSnapshot[];
  readonly alerts: readonly AlertView[];
  readonly latest: LatestValues;
  readonly histories: Histories;
  readonly thresholds: ClockThresholds;
  readonly rejects: readonly RejectedView[];
  /** What is wrong with Lockstep itself, in sentences. */
  readonly notices: readonly Notice[];
}

export interface Notice {
  readonly level: Level;
  readonly text: string;
}

export interface Overview {
  readonly verdict: Verdict;
  readonly notices: Keyed<Notice & { readonly mark: Mark }>;
  readonly alerts: AlertList;
  readonly clusters: Keyed<ClusterView>;
  readonly rejects: Keyed<RejectRow>;
  /** Whether there is nothing to show yet. */
  readonly empty: boolean;
}

export interface ClusterView {
  readonly name: string;
  /** `3 nodes: 2 alive, 1 stale`. */
  readonly summary: string;
  /** `roomy` or `dense`: how much a tile can say. */
  readonly density: string;
  readonly tiles: Keyed<Tile>;
  readonly clocks: ClockPanel;
  readonly figures: Keyed<Figure>;
  readonly observation: ObservationPanel;
}

/** With more nodes than this, tiles say less each, so that all can be seen at once. */
const ROOMY_NODES = 12;

export function overviewModel(input: OverviewInput): Overview {
  const { clusters, alerts, notices } = input;
  const withNodes = clusters.filter(({ nodes }) => nodes.length > 0);
  return {
    verdict: verdictOf(withNodes, alerts),
    notices: keyed(notices.map((notice) => [notice.text, { ...notice, mark: MARK_OF_LEVEL[notice.level] }])),
    alerts: alertList(alerts),
    clusters: keyed(withNodes.map((snapshot) => [snapshot.cluster, clusterView(snapshot, input)])),
    rejects: rejectRows(input.rejects),
    empty: withNodes.length === 0,
  };
}

function clusterView(snapshot: ClusterSnapshot, input: OverviewInput): ClusterView {
  const { latest, histories, nowMs, thresholds } = input;
  const tiles = snapshot.nodes.map((node) => tileOf({ snapshot, node, latest, histories, nowMs })).sort(compareTiles);
  return {
    name: snapshot.cluster,
    summary: countStates(snapshot.nodes),
    density: snapshot.nodes.length > ROOMY_NODES ? "dense" : "roomy",
    tiles: keyed(tiles.map((tile) => [tile.node, tile])),
    clocks: clockPanel(snapshot, thresholds),
    figures: figuresOf({ snapshot, latest, histories }),
    observation: observationPanel(snapshot, nowMs),
  };
}

function countStates(nodes: readonly NodeSnapshot[]): string {
  const states = ["alive", "late", "stale", "unknown", "stopped"] as const;
  const counts = states.map((state) => ({ state, count: nodes.filter((node) => node.state === state).length }));
  const told = counts.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${state}`);
  return `${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}: ${told.join(", ")}`;
}
