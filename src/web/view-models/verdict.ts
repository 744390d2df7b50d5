/**
 * The one sentence that tells how things are: `2 of 3 nodes alive — n2 silent for 3 m 12 s`.
 *
 * Its first half counts; its second half is the worst of what is wrong, found by asking in order of importance. Only when
 * nothing is wrong does it tell how well the clocks agree.
 */
import type { AlertView } from "../../alerts/engine.ts";
import type { ClusterSnapshot, NodeSnapshot } from "../../cluster/cluster.ts";
import type { NodeState } from "../../cluster/liveness.ts";
import { formatBound, formatOffset } from "../../core/measured.ts";
import { clockLevel, clocksWithinMs } from "./clock.ts";
import { type Level, MARK_OF_LEVEL, type Mark } from "./level.ts";
import { NO_TIME, type Since, since } from "./since.ts";

export interface Verdict {
  readonly level: Level;
  readonly mark: Mark;
  readonly head: string;
  /** Follows the head after a dash; may be empty. */
  readonly tail: Since;
}

type Finding = { readonly level: Level; readonly tail: Since } | undefined;

interface Scene {
  readonly clusters: readonly ClusterSnapshot[];
  /** With the names that they are called by here. */
  readonly nodes: readonly NamedNode[];
  readonly alerts: readonly AlertView[];
}

interface NamedNode extends NodeSnapshot {
  readonly name: string;
  readonly startedMs: number;
}

const QUESTIONS: readonly ((scene: Scene) => Finding)[] = [
  findBlindness,
  (scene) => findSilent(scene, "stale", "crit"),
  findWrongAggregator,
  (scene) => findClocks(scene, "crit"),
  (scene) => findSilent(scene, "late", "warn"),
  (scene) => findClocks(scene, "warn"),
  findAlerts,
  findSettling,
  findUnheard,
  findStopped,
  findAgreement,
];

export function verdictOf(clusters: readonly ClusterSnapshot[], alerts: readonly AlertView[]): Verdict {
  const nodes = clusters.flatMap(({ cluster, observingSinceMs, nodes: members }) =>
    members.map((node) => ({
      ...node,
      name: clusters.length > 1 ? `${cluster}/${node.node}` : node.node,
      startedMs: observingSinceMs,
    })),
  );
  if (nodes.length === 0) {
    return { level: "unknown", mark: "diamond", head: "No node has been heard yet", tail: NO_TIME };
  }
  const scene = { clusters, nodes, alerts };
  for (const ask of QUESTIONS) {
    const finding = ask(scene);
    if (finding !== undefined) return { mark: MARK_OF_LEVEL[finding.level], head: headOf(scene), ...finding };
  }
  return { level: "ok", mark: MARK_OF_LEVEL.ok, head: headOf(scene), tail: NO_TIME };
}

function headOf({ nodes, clusters }: Scene): string {
  const alive = nodes.filter(({ state }) => state === "alive").length;
  const where = clusters.length > 1 ? ` in ${clusters.length} clusters` : "";
  if (nodes.length === 1) return alive === 1 ? "The only node is alive" : "The only node is not heard";
  return `${alive === nodes.length ? `All ${alive}` : `${alive} of ${nodes.length}`} nodes${where} alive`;
}

function findBlindness({ clusters }: Scene): Finding {
  const blind = clusters.find(({ blind }) => blind === "listener_down" || blind === "most_nodes_silent");
  if (blind === undefined) return undefined;
  const text =
    blind.blind === "listener_down"
      ? "nothing can be heard: the receiver is down"
      : `${listed(blind.silentTogether)} fell silent at once; the fault may be on this side`;
  return { level: "crit", tail: since(text, undefined) };
}

/** Nodes that are silent, with the time of the longest. */
function findSilent({ nodes }: Scene, state: NodeState, level: Level): Finding {
  const found = nodes.filter((node) => node.state === state).sort((a, b) => silentSinceMs(a) - silentSinceMs(b));
  const longest = found[0];
  if (longest === undefined) return undefined;
  const names = listed(found.map(({ name }) => name));
  return { level, tail: since(`${names} silent${several(found, ", the longest")} for`, silentSinceMs(longest)) };
}

/** A node that was never heard is silent since this aggregator watches. */
function silentSinceMs({ lastSeenMs, startedMs }: NamedNode): number {
  return lastSeenMs ?? startedMs;
}

function findWrongAggregator({ clusters }: Scene): Finding {
  if (!clusters.some(({ clocks }) => clocks.aggregatorWrong)) return undefined;
  return { level: "crit", tail: since("the clock of this aggregator is wrong: most clocks contradict it", undefined) };
}

function findClocks({ nodes }: Scene, level: "crit" | "warn"): Finding {
  const off = nodes.flatMap((node) => {
    const { name, clock, state } = node;
    const counts = clock !== undefined && (state === "alive" || state === "late") && clockLevel(clock) === level;
    return counts ? [{ name, clock }] : [];
  });
  off.sort((a, b) => Math.abs(b.clock.offsetMs) - Math.abs(a.clock.offsetMs));
  const first = off[0];
  if (first === undefined) return undefined;
  const more = off.length === 1 ? "" : `, and ${off.length - 1} more ${off.length === 2 ? "is" : "are"} off`;
  return { level, tail: since(`the clock of ${first.name} is ${formatOffset(first.clock)}${more}`, undefined) };
}

/** Whatever else a rule has found. */
function findAlerts({ alerts }: Scene): Finding {
  const firing = alerts.filter(({ state }) => state === "firing");
  if (firing.length === 0) return undefined;
  const level = firing.some(({ labels }) => labels["severity"] === "critical") ? "crit" : "warn";
  const text = firing.length === 1 ? "an alert is firing" : `${firing.length} alerts are firing`;
  return { level, tail: since(text, undefined) };
}

/** After a start, or after a time of blindness, nodes have to find the way back first. */
function findSettling({ clusters, nodes }: Scene): Finding {
  const settling = clusters.find(({ blind }) => blind === "settling");
  const unheard = nodes.filter(({ state }) => state === "unknown").map(({ name }) => name);
  if (settling === undefined || unheard.length === 0) return undefined;
  return { level: "unknown", tail: since(`waiting for ${listed(unheard)}, watching for`, settling.observingSinceMs) };
}

function findUnheard({ nodes }: Scene): Finding {
  const unheard = nodes.filter(({ state }) => state === "unknown").map(({ name }) => name);
  if (unheard.length === 0) return undefined;
  return { level: "unknown", tail: since(`${listed(unheard)} not heard since this aggregator watches`, undefined) };
}

function findStopped({ nodes }: Scene): Finding {
  const stopped = nodes.filter(({ state }) => state === "stopped");
  if (stopped.length === 0) return undefined;
  const names = listed(stopped.map(({ name }) => name));
  const latestMs = Math.max(...stopped.map(silentSinceMs));
  return { level: "off", tail: since(`${names} stopped on purpose${several(stopped, ", the last")}`, latestMs, "ago") };
}

function findAgreement({ clusters }: Scene): Finding {
  const within = clusters.flatMap(({ nodes }) => clocksWithinMs(nodes) ?? []);
  if (within.length === 0) return undefined;
  return { level: "ok", tail: since(`clocks within ${formatBound(Math.max(...within))}`, undefined) };
}

function several(list: readonly unknown[], text: string): string {
  return list.length > 1 ? text : "";
}

/** `n1`, `n1 and n2`, `n1, n2, n3 and 4 more`. */
function listed(names: readonly string[]): string {
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : [...names];
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}
