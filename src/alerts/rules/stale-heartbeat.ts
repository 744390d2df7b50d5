/**
 * A node has fallen silent: its sidecar's heartbeats do not arrive any more.
 *
 * By observed time (cluster/observation.ts), so the aggregator's own pauses accuse nobody; while most nodes are silent
 * at once, which is rather the aggregator's or the network's fault, nobody is accused for `cluster.massSilence` either.
 * A node that said goodbye is stopped, not dead.
 */
import { z } from "zod";
import type { ClusterSnapshot, NodeSnapshot } from "../../cluster/cluster.ts";
import { duration } from "../../core/options.ts";
import { formatDuration } from "../../core/units.ts";
import type { Finding, Verdict } from "../alert.ts";
import { ruleKind } from "./rule.ts";

const options = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether silent nodes raise an alert."),
  for: duration(
    "0s",
    "How long a node has to be stale before the alert fires; stale is three missed heartbeats already.",
  ),
  keepFiring: duration("0s", "How long a node has to be heard again before the alert resolves."),
});

export const staleHeartbeat = ruleKind({
  name: "staleHeartbeat",
  summary: "A node's heartbeats have not arrived for three intervals of observed time.",
  options,
  create({ enabled, for: forMs, keepFiring }) {
    if (!enabled) return [];
    return [
      {
        alertName: "StaleHeartbeat",
        severity: "critical",
        times: { forMs, keepFiringMs: keepFiring },
        find: (cluster, nowMs) => cluster.nodes.map((node) => finding(cluster, node, nowMs)),
      },
    ];
  },
});

const VERDICTS: Readonly<Record<NodeSnapshot["state"], Verdict>> = {
  alive: "clear",
  stale: "fire",
  stopped: "clear",
  late: "uncertain",
  unknown: "uncertain",
};

function finding(cluster: ClusterSnapshot, node: NodeSnapshot, nowMs: number): Finding {
  return {
    labels: { cluster: cluster.cluster, node: node.node },
    verdict: VERDICTS[node.state],
    sinceMs: node.sinceMs,
    value: { value: node.silentMs / 1000, unit: "s" },
    describe: () => ({
      summary: node.state === "alive" ? `${node.node} is heard again` : `${node.node} has fallen silent`,
      description:
        `The sidecar of ${node.node} beats every ${formatDuration(node.intervalMs)}; ${lastHeard(node, nowMs)}. ` +
        "If the node is down, its Shiny sessions are lost, and scheduled jobs that it was running may be run again by another node. " +
        `Look whether the machine is up, and at the sidecar: systemctl status lockstep-sidecar.`,
    }),
  };
}

function lastHeard({ lastSeenMs }: NodeSnapshot, nowMs: number): string {
  if (lastSeenMs === undefined) return "never heard since the aggregator watches";
  return `last heard ${formatDuration(nowMs - lastSeenMs)} ago, at ${new Date(lastSeenMs).toISOString()}`;
}
