/**
 * Cluster time: this node's clock corrected to the aggregator's, so that the charts of all nodes line up even when a
 * clock is wrong.
 *
 * The clock collector feeds it, the sidecar stamps samples by it. Until something is known, cluster time is the node's
 * own. Between measurements, and while the aggregator is away, the last offset is held and moved on by the measured
 * drift, for as long as the drift was watched and no longer: a rate seen for twenty minutes says nothing of next week.
 * When our own clock is set, the offset moves by the same step, so cluster time goes on as if nothing had happened.
 */
import { boundAt, DRIFT_BOUND, type OffsetEstimate, RATE_LIMIT } from "./clock-offset.ts";
import type { Drift } from "./drift.ts";
import type { Clock } from "./world.ts";

/** Our wall clock is read in whole milliseconds when a step is noticed, twice. */
const STEP_ERROR_MS = 2;
/** Steps of rows whose shift is remembered; Connect's RRD files have one. */
const ROW_STEPS = 64;
/** A row's shift changes when the offset is this far from it, in steps: not at every wobble around half a step. */
const ROW_HYSTERESIS = 0.75;

export interface ClusterClock {
  /** This node's wall clock → cluster time, milliseconds. The same value until an offset is known. */
  toClusterMs(wallMs: number): number;
  /** The stamp of a sample in whole seconds of cluster time. Rows move by whole steps only, so that each keeps its slot. */
  clusterSeconds(stamp: SampleStamp): number;
  /** This node minus the aggregator, now, with its bound; undefined until measured. */
  offsetNow(): OffsetEstimate | undefined;
  /** A new offset against the aggregator; `drift` when it is known. */
  measured(estimate: OffsetEstimate, drift: Drift | undefined): void;
  /** Our own clock was set by so much; positive = forward. */
  stepped(stepMs: number): void;
}

export interface SampleStamp {
  /** By this node's wall clock. */
  readonly wallMs: number;
  /** Set when the sample is a row: a value for a whole interval of this length that ends at `wallMs`. */
  readonly stepSeconds?: number;
}

interface Held {
  readonly estimate: OffsetEstimate;
  readonly drift: Drift | undefined;
}

export function createClusterClock(clock: Clock): ClusterClock {
  let held: Held | undefined;
  const rowShifts = new Map<number, number>();

  /** The offset as it is, was or will be at a time of our wall clock. */
  function offsetAtWall({ estimate, drift }: Held, wallMs: number): number {
    const measuredWallMs = clock.wallMs() - (clock.monotonicMs() - estimate.monotonicMs);
    return estimate.offsetMs + driftedMs(drift, wallMs - measuredWallMs);
  }

  /** Whole steps by which rows of that step are moved. */
  function rowShiftMs(stepMs: number, offsetMs: number): number {
    const before = rowShifts.get(stepMs);
    if (before !== undefined && Math.abs(offsetMs - before) <= ROW_HYSTERESIS * stepMs) return before;
    const shift = Math.round(offsetMs / stepMs) * stepMs;
    if (before !== undefined || rowShifts.size < ROW_STEPS) rowShifts.set(stepMs, shift);
    return shift;
  }

  return {
    toClusterMs: (wallMs) => (held === undefined ? wallMs : wallMs - offsetAtWall(held, wallMs)),
    clusterSeconds({ wallMs, stepSeconds }) {
      if (held === undefined) return Math.floor(wallMs / 1000);
      const offsetMs = offsetAtWall(held, wallMs);
      const shiftMs = stepSeconds === undefined ? offsetMs : rowShiftMs(stepSeconds * 1000, offsetMs);
      return Math.floor((wallMs - shiftMs) / 1000);
    },
    offsetNow: () => (held === undefined ? undefined : heldAt(held, clock.monotonicMs())),
    measured(estimate, drift) {
      held = { estimate, drift };
    },
    stepped(stepMs) {
      if (held === undefined) return;
      const { estimate, drift } = held;
      const offsetMs = estimate.offsetMs + stepMs;
      held = { estimate: { ...estimate, offsetMs, boundMs: estimate.boundMs + STEP_ERROR_MS }, drift };
    },
  };
}

function heldAt({ estimate, drift }: Held, monotonicMs: number): OffsetEstimate {
  const ageMs = monotonicMs - estimate.monotonicMs;
  return {
    ...estimate,
    offsetMs: estimate.offsetMs + driftedMs(drift, ageMs),
    boundMs: heldBound(estimate, drift, monotonicMs),
    monotonicMs,
  };
}

/** While the drift is followed, only its own error makes the bound grow; later the whole drift does. */
function heldBound(estimate: OffsetEstimate, drift: Drift | undefined, monotonicMs: number): number {
  if (drift === undefined) return boundAt(estimate, monotonicMs, RATE_LIMIT);
  const beyondMs = Math.max(0, monotonicMs - estimate.monotonicMs - drift.spanMs);
  const followed = boundAt(estimate, monotonicMs, DRIFT_BOUND + drift.boundPpm / 1e6);
  return followed + beyondMs * Math.abs(drift.ppm / 1e6);
}

function driftedMs(drift: Drift | undefined, ageMs: number): number {
  if (drift === undefined) return 0;
  return (drift.ppm / 1e6) * Math.max(-drift.spanMs, Math.min(drift.spanMs, ageMs));
}
