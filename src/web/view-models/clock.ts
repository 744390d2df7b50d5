/** What can be said about clocks in a few words: of one node, and of the pair that disagrees most. */

import { type ClockDifference, type ClockThreshold, clockVerdict } from "../../cluster/clock-agreement.ts";
import type { ClusterSnapshot, NodeClock, NodeSnapshot } from "../../cluster/cluster.ts";
import { formatBound, formatMeasured, formatOffset } from "../../core/measured.ts";
import { formatDuration } from "../../core/units.ts";
import { type Level, MARK_OF_LEVEL, type Mark } from "./level.ts";

/** The same that the alerts go by. */
export interface ClockThresholds {
  readonly warning: ClockThreshold;
  readonly critical: ClockThreshold;
}

/** `unknown` is a bound too wide, or a value between firing and clearing: neither right nor wrong for certain. */
export function clockLevel({ warning, critical }: Pick<NodeClock, "warning" | "critical">): Level {
  if (critical === "fire") return "crit";
  if (warning === "fire") return "warn";
  return warning === "clear" ? "ok" : "unknown";
}

export function differenceLevel(difference: ClockDifference, { warning, critical }: ClockThresholds): Level {
  return clockLevel({ warning: clockVerdict(difference, warning), critical: clockVerdict(difference, critical) });
}

/** A sentence more about a node's clock than its offset. */
export function clockDetail({ clock }: NodeSnapshot, { clocks }: ClusterSnapshot): string {
  if (clock === undefined) return "";
  if (clock.wrong) return "Most clocks contradict this one.";
  if (clocks.aggregatorWrong) return "Most clocks contradict the aggregator's: it is the aggregator that is wrong.";
  if (clock.warning === "uncertain") return "The measurement is between the thresholds, or too coarse to tell.";
  return "";
}

/** Why a node that once tried to measure its clock has no offset now. */
export function unmeasuredText({ clockReachable }: NodeSnapshot): string {
  if (clockReachable === false) return "Its time requests to this aggregator get no answer.";
  return "Its last measurement is too old to tell.";
}

/** Any two clocks, the aggregator's included, certainly differ by no more than this; undefined: none was measured. */
export function clocksWithinMs(nodes: readonly NodeSnapshot[]): number | undefined {
  const clocks = nodes.flatMap(({ clock }) => clock ?? []);
  if (clocks.length === 0) return undefined;
  const low = Math.min(0, ...clocks.map(({ offsetMs, boundMs }) => offsetMs - boundMs));
  const high = Math.max(0, ...clocks.map(({ offsetMs, boundMs }) => offsetMs + boundMs));
  return high - low;
}

export interface ClockPanel {
  readonly level: Level;
  readonly mark: Mark;
  readonly headline: string;
  readonly detail: string;
  /** Who is right, by vote. */
  readonly agreement: string;
  readonly scale: ClockScale;
}

/** The difference of the worst pair on a logarithmic scale, as paths; empty when there is none. */
export interface ClockScale {
  readonly hidden: boolean;
  /** From the least to the most that the difference can be. */
  readonly interval: string;
  /** Where the two thresholds are. */
  readonly warning: string;
  readonly critical: string;
  readonly label: string;
}

export function clockPanel(snapshot: ClusterSnapshot, thresholds: ClockThresholds): ClockPanel {
  const worst = worstDifference(snapshot);
  if (worst === undefined) return nothingMeasured(snapshot);
  const level = differenceLevel(worst, thresholds);
  const { warning, critical } = thresholds;
  return {
    level,
    mark: MARK_OF_LEVEL[level],
    headline: `${formatMeasured(Math.abs(worst.offsetMs), worst.boundMs)} ± ${formatBound(worst.boundMs)}`,
    detail: `${worst.between}; warns beyond ${formatDuration(warning.fire)}, critical beyond ${formatDuration(critical.fire)}`,
    agreement: agreementText(snapshot),
    scale: clockScale(worst, thresholds),
  };
}

interface NamedWorst extends ClockDifference {
  readonly between: string;
}

/** Of two nodes; with one node, of it and the aggregator. */
function worstDifference({ clocks, nodes }: ClusterSnapshot): NamedWorst | undefined {
  const { worst } = clocks;
  if (worst !== undefined) {
    const [fast, slow] = worst.offsetMs >= 0 ? [worst.a, worst.b] : [worst.b, worst.a];
    return { ...worst, between: `${fast} is ahead of ${slow}` };
  }
  const only = nodes.find(({ clock }) => clock !== undefined);
  if (only?.clock === undefined) return undefined;
  const direction = only.clock.offsetMs >= 0 ? "ahead of" : "behind";
  return { ...only.clock, between: `${only.node} is ${direction} this aggregator` };
}

function nothingMeasured({ nodes }: ClusterSnapshot): ClockPanel {
  const tried = nodes.some(({ clockReachable }) => clockReachable === false);
  return {
    level: tried ? "unknown" : "off",
    mark: MARK_OF_LEVEL[tried ? "unknown" : "off"],
    headline: tried ? "not measured" : "not watched",
    detail: tried
      ? "The nodes get no answers to their time requests: UDP to this aggregator's time port is blocked, or lost."
      : "No node has measured its clock against this aggregator yet.",
    agreement: "",
    scale: { hidden: true, interval: "", warning: "", critical: "", label: "" },
  };
}

function agreementText({ clocks }: ClusterSnapshot): string {
  const { majority, wrongNodes, aggregatorWrong } = clocks;
  if (majority === undefined) return "Which clock is right can't be told: no majority agrees.";
  const wrong = [...wrongNodes, ...(aggregatorWrong ? ["this aggregator"] : [])];
  const agree = `${majority.clocks} of ${majority.of} clocks agree, this aggregator's among those asked`;
  return wrong.length === 0 ? `${agree}.` : `${agree}; wrong: ${wrong.join(", ")}.`;
}

// ---- the scale: 10 µs at 0, 10 s at SCALE_WIDTH, a factor of ten every sixth of it ----------------------------------

export const SCALE_WIDTH = 240;
const DECADES = 6;
const LEAST_MS = 0.01;

function clockScale({ offsetMs, boundMs, between }: NamedWorst, { warning, critical }: ClockThresholds): ClockScale {
  const low = Math.max(0, Math.abs(offsetMs) - boundMs);
  const high = Math.abs(offsetMs) + boundMs;
  const from = scalePlace(low);
  const to = Math.max(from + 2, scalePlace(high));
  return {
    hidden: false,
    interval: `M${from} 4H${to}V12H${from}Z`,
    warning: `M${scalePlace(warning.fire)} 0V16`,
    critical: `M${scalePlace(critical.fire)} 0V16`,
    label: `${between} by ${formatOffset({ offsetMs: Math.abs(offsetMs), boundMs })}, on a scale from 10 µs to 10 s`,
  };
}

function scalePlace(ms: number): number {
  const decades = Math.log10(Math.max(ms, LEAST_MS) / LEAST_MS);
  return Math.round(Math.min(1, decades / DECADES) * SCALE_WIDTH * 10) / 10;
}
