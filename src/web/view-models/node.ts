/**
 * The page of one node as plain data: `NodeModel` is what browsers are kept up to date with, the charts and the list of
 * series stand until the page is loaded again.
 */
import type { AlertView } from "../../alerts/engine.ts";
import type { ClusterSnapshot, NodeClock, NodeSnapshot } from "../../cluster/cluster.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatOffset } from "../../core/measured.ts";
import { formatDuration } from "../../core/units.ts";
import { formatUtc } from "../format.ts";
import type { LatestValues } from "../readings.ts";
import { type AlertList, alertList } from "./alert-rows.ts";
import { type Chart, chartsOf } from "./charts.ts";
import { clockDetail, clockLevel, unmeasuredText } from "./clock.ts";
import { type Keyed, keyed } from "./keyed.ts";
import { type Level, MARK_OF_LEVEL, type Mark, NODE_STATES, worst } from "./level.ts";
import type { Light } from "./lights.ts";
import { seriesRoot } from "./names.ts";
import { type ObservationPanel, observationPanel } from "./observation.ts";
import type { Since } from "./since.ts";
import { nodeLights, sinceHeard } from "./tile.ts";

export interface NodeInput {
  readonly nowMs: number;
  readonly snapshot: ClusterSnapshot;
  readonly node: NodeSnapshot;
  readonly alerts: readonly AlertView[];
  readonly latest: LatestValues;
  /** Since the start; they wait until our clock has reached their stamps. */
  readonly futurePoints: number;
}

export interface NodeModel {
  readonly node: string;
  readonly cluster: string;
  readonly level: Level;
  /** Of the tone, where that is worse than the state. */
  readonly mark: Mark;
  readonly word: string;
  /** How bad it is with its lights: a node that is heard can have a wrong clock. */
  readonly tone: Level;
  /** Which lights are bad, but for the sidecar's, whose word is `word`; empty: none. */
  readonly trouble: string;
  readonly since: Since;
  readonly facts: Keyed<Fact>;
  readonly clock: {
    readonly level: Level;
    readonly mark: Mark;
    readonly headline: string;
    readonly facts: Keyed<Fact>;
  };
  readonly lights: Keyed<Light>;
  readonly alerts: AlertList;
  readonly observation: ObservationPanel;
  /** Blind bands for the charts: `from-to from-to`, in seconds; without `to` while it lasts. */
  readonly blind: string;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export function nodeModel({ nowMs, snapshot, node, alerts, latest, futurePoints }: NodeInput): NodeModel {
  const { level, mark } = NODE_STATES[node.state];
  const { cluster } = snapshot;
  const own = alerts.filter(({ labels }) => labels["cluster"] === cluster && labels["node"] === node.node);
  const clock = clockOf(node, snapshot);
  const lights = nodeLights({ snapshot, node, latest, nowMs });
  const bad = badLights(lights);
  const tone = worst([level, ...bad.map((light) => light.level)]);
  return {
    node: node.node,
    cluster,
    level,
    mark: tone === level ? mark : MARK_OF_LEVEL[tone],
    word: node.state,
    tone,
    trouble: bad.map(({ label, text }) => `${label}: ${text}`).join(", "),
    since: sinceHeard(node),
    facts: factsOf(node, futurePoints),
    clock: { ...clock, mark: MARK_OF_LEVEL[clock.level] },
    lights,
    alerts: alertList(own),
    observation: observationPanel(snapshot, nowMs),
    blind: snapshot.blindBands
      .map(({ fromMs, toMs }) => `${seconds(fromMs)}-${toMs === undefined ? "" : seconds(toMs)}`)
      .join(" "),
  };
}

function badLights({ order, items }: Keyed<Light>): readonly Light[] {
  const lights = order.filter((key) => key !== "sidecar").map((key) => items[key]!);
  return lights.filter(({ level }) => level === "warn" || level === "crit");
}

function factsOf(node: NodeSnapshot, futurePoints: number): Keyed<Fact> {
  const { state, sinceMs, noticedAtMs, lastSeenMs, intervalMs, startedSeconds, restarts, backfilledBeats } = node;
  const noticed = noticedAtMs - sinceMs >= 1_000 ? ` (noticed ${formatDuration(noticedAtMs - sinceMs)} later)` : "";
  return factList({
    state: [`${state[0]!.toUpperCase()}${state.slice(1)} since`, `${formatUtc(sinceMs)}${noticed}`],
    heard: ["Last heard", lastSeenMs === undefined ? "never" : formatUtc(lastSeenMs)],
    interval: ["Beats every", formatDuration(intervalMs)],
    started: [
      "Sidecar started",
      startedSeconds === undefined ? "not told" : `${formatUtc(startedSeconds * 1000)}, by its own clock`,
    ],
    restarts: ["Restarts seen", String(restarts)],
    backfilled: ["Beats that came late, from a queue", String(backfilledBeats)],
    ...(futurePoints === 0
      ? {}
      : {
          future: [
            "Points from the future",
            `${futurePoints.toLocaleString("en")} came stamped ahead of our clock; each waits until it is time`,
          ],
        }),
  });
}

function clockOf(
  node: NodeSnapshot,
  snapshot: ClusterSnapshot,
): { level: Level; headline: string; facts: Keyed<Fact> } {
  const { clock, clockReachable } = node;
  if (clock === undefined && clockReachable === undefined) {
    return { level: "off", headline: "not watched", facts: keyed([]) };
  }
  if (clock === undefined) {
    return { level: "unknown", headline: "not measured", facts: factList({ why: ["Why", unmeasuredText(node)] }) };
  }
  return {
    level: clockLevel(clock),
    headline: formatOffset(clock),
    facts: clockFacts(clock, clockDetail(node, snapshot)),
  };
}

function clockFacts(clock: NodeClock, detail: string): Keyed<Fact> {
  const { driftPpm, driftBoundPpm, delayMs, ageMs, warning, critical } = clock;
  return factList({
    ...(detail === "" ? {} : { vote: ["Vote", detail] }),
    drift: ["Drift", driftPpm === undefined ? "not known yet" : driftText(driftPpm, driftBoundPpm)],
    delay: ["Way there and back", delayMs === undefined ? "not told" : formatDuration(delayMs)],
    // By tens of seconds: a figure that changes every second says no more.
    age: [
      "Measured",
      ageMs < 30_000 ? "within the last 30 s" : `${formatDuration(Math.floor(ageMs / 10_000) * 10_000)} ago`,
    ],
    warning: ["Warning threshold", VERDICT_WORDS[warning]],
    critical: ["Critical threshold", VERDICT_WORDS[critical]],
  });
}

const VERDICT_WORDS = { fire: "certainly beyond", clear: "certainly within", uncertain: "can't be told" } as const;

/** `gains 20.1 ± 0.3 ppm: 1.74 s a day`. */
function driftText(ppm: number, boundPpm: number | undefined): string {
  const bound = boundPpm === undefined ? "" : ` ± ${boundPpm.toFixed(1)}`;
  const aDay = formatDuration((Math.abs(ppm) / 1e6) * 86_400_000);
  return `${ppm >= 0 ? "gains" : "loses"} ${Math.abs(ppm).toFixed(1)}${bound} ppm: ${aDay} a day`;
}

function factList(facts: Readonly<Record<string, readonly [label: string, value: string]>>): Keyed<Fact> {
  return keyed(Object.entries(facts).map(([key, [label, value]]) => [key, { label, value }]));
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

// ---- what stands until the page is loaded again ---------------------------------------------------------------------

export interface NodeSeries {
  readonly charts: readonly Chart[];
  readonly groups: readonly SeriesGroup[];
  readonly count: number;
  /** `and 200 more`, or empty. */
  readonly more: string;
}

export interface SeriesGroup {
  readonly name: string;
  readonly count: number;
  /** Below the node's root. */
  readonly subjects: readonly string[];
}

/** `names` of all series below the node's root, sorted. */
export function nodeSeries(cluster: string, node: string, names: readonly string[]): NodeSeries {
  const root = seriesRoot(cluster, node);
  const subjects = names.map((name) => name.slice(root.length + 1));
  const shown = subjects.slice(0, LIMITS.seriesOnPage);
  const groups = new Map<string, string[]>();
  for (const subject of shown) {
    const name = subject.split(".")[0]!;
    groups.set(name, [...(groups.get(name) ?? []), subject]);
  }
  return {
    charts: chartsOf(root, subjects),
    groups: [...groups].map(([name, members]) => ({ name, count: members.length, subjects: members })),
    count: subjects.length,
    more: subjects.length > shown.length ? `and ${subjects.length - shown.length} more` : "",
  };
}
