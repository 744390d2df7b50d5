/**
 * A node's clock is off. Connect loses data when the clocks of a cluster disagree (its documentation names no
 * tolerance), so the thresholds are those of databases with the same problem: see docs/clocks.md.
 *
 * The measurement has a bound, and so has the verdict: it fires when the clock is certainly off, clears when it is
 * certainly right, and between the two changes nothing (`cluster.warning` and `cluster.critical` are the thresholds).
 */
import { z } from "zod";
import type { ClusterSnapshot, NodeClock, NodeSnapshot } from "../../cluster/cluster.ts";
import { formatOffset } from "../../core/measured.ts";
import { duration } from "../../core/options.ts";
import { formatDuration } from "../../core/units.ts";
import type { Finding, Verdict } from "../alert.ts";
import { type Rule, ruleKind, type Severity } from "./rule.ts";

const options = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether clocks that are off raise an alert."),
  warningFor: duration("2m", "How long a clock has to be beyond the warning threshold before the alert fires."),
  criticalFor: duration("20s", "How long a clock has to be beyond the critical threshold before the alert fires."),
  keepFiring: duration("30s", "How long a clock has to be right again before the alert resolves."),
});

export const clockDrift = ruleKind({
  name: "clockDrift",
  summary: "A node's clock differs from the aggregator's by more than a threshold, error bound included.",
  options,
  create({ enabled, warningFor, criticalFor, keepFiring }) {
    if (!enabled) return [];
    return [rule("warning", warningFor, keepFiring), rule("critical", criticalFor, keepFiring)];
  },
});

function rule(severity: Severity, forMs: number, keepFiringMs: number): Rule {
  return {
    alertName: "ClockDrift",
    severity,
    times: { forMs, keepFiringMs },
    find: (cluster, nowMs) =>
      cluster.nodes.flatMap((node) =>
        node.clock === undefined ? [] : [finding(cluster, node, node.clock, severity, nowMs)],
      ),
  };
}

function finding(
  cluster: ClusterSnapshot,
  node: NodeSnapshot,
  clock: NodeClock,
  severity: Severity,
  nowMs: number,
): Finding {
  return {
    labels: { cluster: cluster.cluster, node: node.node },
    verdict: verdictOf(cluster, node, clock, severity),
    sinceMs: nowMs - clock.ageMs,
    value: { value: clock.offsetMs / 1000, bound: clock.boundMs / 1000, unit: "s" },
    describe: () => ({
      summary: `The clock of ${node.node} is ${formatOffset(clock)}`,
      description:
        `Measured against the aggregator's clock ${formatDuration(clock.ageMs)} ago${drift(clock)}. ` +
        "Posit Connect requires the clocks of a cluster to agree; data can be lost when they don't. " +
        `Check NTP on ${node.node}: chronyc tracking, or timedatectl timesync-status.`,
    }),
  };
}

/**
 * The warning says nothing while the clock is critical: one alert is enough. And when most clocks contradict the
 * aggregator's, it is not the nodes that are wrong.
 */
function verdictOf(cluster: ClusterSnapshot, node: NodeSnapshot, clock: NodeClock, severity: Severity): Verdict {
  // A silent node's last measurement grows old: it neither accuses nor clears it.
  if (node.state !== "alive" && node.state !== "late") return "uncertain";
  if (cluster.clocks.aggregatorWrong && !clock.wrong && clock[severity] === "fire") return "uncertain";
  if (severity === "warning" && clock.critical === "fire") return "uncertain";
  return clock[severity];
}

function drift({ driftPpm }: NodeClock): string {
  if (driftPpm === undefined) return "";
  return `; it ${driftPpm >= 0 ? "gains" : "loses"} ${Math.abs(driftPpm).toFixed(1)} ppm (${formatDuration((Math.abs(driftPpm) / 1e6) * 86_400_000)} a day)`;
}
