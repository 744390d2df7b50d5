/**
 * What is known of one node: its life, and its clock. Puts the samples of one heartbeat, and of one clock measurement,
 * back together: they arrive one by one.
 */
import { duration } from "../core/options.ts";
import type { Sample } from "../core/sample.ts";
import type { ClockReport } from "./clock-agreement.ts";
import { heard, type Liveness, type LivenessOptions, queuedMs, saidGoodbye, withInterval } from "./liveness.ts";
import type { Moment } from "./observation.ts";
import type { ClockSubject, LifeSubject } from "./series.ts";

export const nodeOptions = {
  forgetNode: duration("7d", "A node that is silent for so long is no longer part of the cluster."),
};

export interface NodeRecord {
  readonly liveness: Liveness;
  /** The process that the samples arriving now come from, by its start; undefined: it has not said yet. */
  readonly speaking: number | undefined;
  readonly clock: ClockReport | undefined;
  /** Whether the node could measure its clock against ours the last time it tried. */
  readonly clockReachable: boolean | undefined;
  /** Parts of a clock measurement whose offset has not come yet. */
  readonly clockParts: ClockParts | undefined;
}

interface ClockParts {
  readonly seconds: number;
  readonly values: Partial<Readonly<Record<ClockSubject, number>>>;
}

export function newNode(liveness: Liveness): NodeRecord {
  return { liveness, speaking: undefined, clock: undefined, clockReachable: undefined, clockParts: undefined };
}

export interface Arrived {
  readonly sample: Sample;
  readonly arrival: Moment;
  readonly observedMs: number;
}

/** A heartbeat whose process is not known yet is left out: the next one tells. */
export function withLife(
  node: NodeRecord,
  subject: LifeSubject,
  { sample, arrival, observedMs }: Arrived,
  options: LivenessOptions,
): NodeRecord {
  const { liveness, speaking } = node;
  if (subject === "started") return { ...node, speaking: sample.value };
  if (subject === "interval") return { ...node, liveness: withInterval(liveness, sample.value * 1000) };
  if (speaking === undefined) return node;
  if (subject === "goodbye") return { ...node, liveness: saidGoodbye(liveness, speaking, arrival) };
  const beat = { startedSeconds: speaking, sequence: sample.value, seconds: sample.seconds, arrival };
  return { ...node, liveness: heard(liveness, beat, observedMs, options) };
}

/** All samples of one measurement carry the same time stamp; the offset is the last of them. */
export function withClock(node: NodeRecord, subject: ClockSubject, { sample, arrival }: Arrived): NodeRecord {
  const { seconds, value } = sample;
  const known = node.clockParts?.seconds === seconds ? node.clockParts.values : {};
  const clockParts = { seconds, values: { ...known, [subject]: value } };
  if (subject === "reachable") return { ...node, clockParts, clockReachable: value > 0 };
  const report = subject === "offset" ? reportOf(node, clockParts, arrival) : undefined;
  const isNews = report !== undefined && report.measuredAtMs >= (node.clock?.measuredAtMs ?? Number.NEGATIVE_INFINITY);
  return isNews ? { ...node, clockParts: undefined, clock: report } : { ...node, clockParts };
}

/** An offset without its bound, or with an absurd one, is not used. */
function reportOf(node: NodeRecord, { seconds, values }: ClockParts, arrival: Moment): ClockReport | undefined {
  const { offset, bound, delay, driftPpm, driftBoundPpm } = values;
  if (offset === undefined || bound === undefined || bound < 0) return undefined;
  return {
    offsetMs: offset * 1000,
    boundMs: bound * 1000,
    delayMs: delay === undefined ? undefined : delay * 1000,
    driftPpm,
    driftBoundPpm: driftBoundPpm === undefined ? undefined : Math.abs(driftBoundPpm),
    measuredAtMs: arrival.monotonicMs - transitMs(node.liveness, seconds, arrival),
  };
}

/**
 * How long ago it was measured: the wait in a queue as the heartbeats tell, or what the stamp says, which is in cluster
 * time and so comparable to our clock; but no more than an interval is believed of a clock that may be wrong.
 */
function transitMs(liveness: Liveness, seconds: number, arrival: Moment): number {
  const byStampMs = Math.min(liveness.intervalMs, Math.max(0, arrival.wallMs - seconds * 1000));
  return Math.max(queuedMs(liveness, seconds, arrival), byStampMs);
}
