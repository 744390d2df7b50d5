/**
 * What an aggregator knows of its clusters from before it was started, kept in the state: which nodes there are, so that
 * one that died meanwhile is missed; and when it last ran, so that nobody is blamed for what it could not see.
 */

import type { ClusterSnapshot, KnownNode } from "../../cluster/cluster.ts";
import { errorText } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { CLUSTER_NODE } from "../../core/metric-name.ts";
import type { Timer, World } from "../../core/world.ts";
import type { Change, Json, StateStore } from "../../state/state.ts";

const NODES = "nodes";
const AGGREGATOR = "aggregator";
const RAN = "ran";
const SAVE_MS = 15_000;
/** A node that is merely heard again is saved this often; any other change with the next look. */
const SEEN_MS = 120_000;

export interface KnownBefore {
  readonly known: readonly KnownNode[];
  /** When an aggregator with this state last ran, by its wall clock; undefined: never. */
  readonly lastRanMs: number | undefined;
}

export async function loadKnownBefore(state: StateStore): Promise<KnownBefore> {
  const records = [...(await state.load(NODES)).values()] as unknown as KnownNode[];
  const ran = (await state.load(AGGREGATOR)).get(RAN) as { readonly atMs: number } | undefined;
  return { known: records.filter((node) => node.node !== CLUSTER_NODE), lastRanMs: ran?.atMs };
}

/** Saves what changed every few seconds; `close` saves the last ones. */
export function keepKnownNodes(
  world: World,
  log: Log,
  state: StateStore,
  known: readonly KnownNode[],
  snapshot: () => readonly ClusterSnapshot[],
): { close(): Promise<void> } {
  const saved = new Map(known.map((node) => [keyOf(node), node]));
  let timer: Timer;

  const save = async (seenMs: number): Promise<void> => {
    const present = nodesOf(snapshot());
    const changes: Change[] = [{ collection: AGGREGATOR, key: RAN, value: { atMs: world.clock.wallMs() } }];
    for (const [key, node] of present) {
      const before = saved.get(key);
      const same = before?.stopped === node.stopped && before.intervalMs === node.intervalMs;
      if (same && node.lastSeenMs - before.lastSeenMs < seenMs) continue;
      saved.set(key, node);
      changes.push({ collection: NODES, key, value: node as unknown as Json });
    }
    for (const key of saved.keys()) {
      if (present.has(key)) continue;
      saved.delete(key);
      changes.push({ collection: NODES, key, value: undefined });
    }
    try {
      await state.commit(changes);
    } catch (error) {
      log.limited("error", "nodes", `the list of nodes could not be kept: ${errorText(error)}`);
    }
  };

  const tick = (): void => {
    void save(SEEN_MS);
    timer = world.timers.after(SAVE_MS, tick);
  };
  timer = world.timers.after(SAVE_MS, tick);
  return {
    close() {
      timer.cancel();
      return save(0);
    },
  };
}

function nodesOf(clusters: readonly ClusterSnapshot[]): ReadonlyMap<string, KnownNode> {
  const nodes = new Map<string, KnownNode>();
  for (const { cluster, nodes: members } of clusters) {
    for (const { node, lastSeenMs, intervalMs, state } of members) {
      if (lastSeenMs === undefined) continue;
      nodes.set(`${cluster}/${node}`, { cluster, node, lastSeenMs, intervalMs, stopped: state === "stopped" });
    }
  }
  return nodes;
}

function keyOf(node: KnownNode): string {
  return `${node.cluster}/${node.node}`;
}
