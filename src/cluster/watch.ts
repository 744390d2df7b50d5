/** One cluster under watch: its nodes, when it could be seen, and what the passing of time makes of them. */
import { assess, missedMs, silenceMs } from "./liveness.ts";
import type { NodeRecord } from "./node.ts";
import { advance, type Moment, type Observation, setMassSilence, startObservation } from "./observation.ts";
import type { ClusterOptions } from "./options.ts";

/** The one mutable thing of this room: which records hold now. */
export interface Watch {
  observation: Observation;
  readonly nodes: Map<string, NodeRecord>;
  /** Nodes that fell silent at once, until most are heard again. */
  silentTogether: ReadonlySet<string>;
}

export function createWatch(options: ClusterOptions, now: Moment, lastRanMs?: number): Watch {
  return { observation: startObservation(now, options, lastRanMs), nodes: new Map(), silentTogether: new Set() };
}

/** Time passed: looks for silence of most nodes first, because that decides whether the silence of each counts. */
export function passTime(watch: Watch, now: Moment, options: ClusterOptions): void {
  watch.observation = advance(watch.observation, now, options);
  watch.silentTogether = silentTogether(watch, options);
  const since = [...watch.silentTogether].map((name) => missedMs(watch.nodes.get(name)!.liveness));
  const sinceMs = since.length === 0 ? undefined : Math.min(...since);
  watch.observation = setMassSilence(watch.observation, sinceMs, options);
  const { observedMs } = watch.observation;
  for (const [name, node] of watch.nodes) {
    const liveness = assess(node.liveness, observedMs, now, options);
    if (silenceMs(liveness, observedMs) >= options.forgetNode) watch.nodes.delete(name);
    else if (liveness !== node.liveness) watch.nodes.set(name, { ...node, liveness });
  }
}

/**
 * The nodes that fell silent within one interval of each other, if they are two or more and at least half of those that
 * should be heard; empty otherwise. Once it is so, it stays so until more than half of them are heard again.
 */
function silentTogether({ nodes, observation, silentTogether: before }: Watch, options: ClusterOptions): Set<string> {
  const { observedMs } = observation;
  const silent: [string, NodeRecord][] = [];
  let expected = 0;
  for (const entry of nodes) {
    const [name, { liveness }] = entry;
    const stillSilent = before.has(name) && liveness.state !== "alive";
    if (liveness.state === "stopped" || (liveness.state === "stale" && !stillSilent)) continue;
    expected++;
    const intervals = silenceMs(liveness, observedMs) / liveness.intervalMs;
    if (stillSilent || intervals >= options.lateAfter) silent.push(entry);
  }
  const together = before.size > 0 ? silent : fellWithinOneInterval(silent);
  return together.length >= 2 && together.length * 2 >= expected ? new Set(together.map(([name]) => name)) : new Set();
}

/** Those of the silent that were last heard within one interval before the last of them. */
function fellWithinOneInterval(silent: readonly [string, NodeRecord][]): readonly [string, NodeRecord][] {
  const lastMs = Math.max(...silent.map(([, { liveness }]) => liveness.silentFromMs));
  return silent.filter(([, { liveness }]) => lastMs - liveness.silentFromMs <= liveness.intervalMs);
}
