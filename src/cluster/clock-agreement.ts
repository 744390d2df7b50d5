/**
 * Do the clocks of a cluster agree, and if not, which one is wrong?
 *
 * Every node measures itself against the aggregator, so each clock is an interval on the aggregator's time line: offset
 * ± bound. The bound grows while nothing new is heard. Two nodes differ by the difference of their offsets, give or take
 * both bounds. Who is wrong is a vote (marzullo.ts) in which the aggregator's own clock, at [0, 0], has one voice too.
 */
import { z } from "zod";
import { DRIFT_BOUND, RATE_LIMIT } from "../core/clock-offset.ts";
import { LIMITS } from "../core/limits.ts";
import { duration } from "../core/options.ts";
import { majorityOf } from "./marzullo.ts";

/** Fires only beyond the one threshold and clears only below the other, bounds included. */
export interface ClockThreshold {
  readonly fire: number;
  readonly clear: number;
}

const threshold = (fire: string, clear: string, meaning: string) =>
  z
    .strictObject({
      fire: duration(fire, `${meaning} when a clock is certainly further off than this.`),
      clear: duration(clear, "No longer when it is certainly closer than this."),
    })
    .refine(({ fire, clear }) => clear <= fire, "clear is greater than fire; a clock could be wrong and right at once")
    .prefault({});

export const clockAgreementOptions = {
  warning: threshold("50ms", "30ms", "Warns"),
  critical: threshold("500ms", "400ms", "Critical"),
  forgetClock: duration("10m", "An offset that was not measured again for so long says nothing any more."),
};

export interface ClockAgreementOptions {
  readonly warning: ClockThreshold;
  readonly critical: ClockThreshold;
  readonly forgetClock: number;
}

/** What a node said of its clock against the aggregator's: node minus aggregator. */
export interface ClockReport {
  readonly offsetMs: number;
  readonly boundMs: number;
  readonly delayMs: number | undefined;
  readonly driftPpm: number | undefined;
  readonly driftBoundPpm: number | undefined;
  /** When it was measured, on the aggregator's monotonic clock. */
  readonly measuredAtMs: number;
}

/** A difference of two clocks as it is known now. */
export interface ClockDifference {
  readonly offsetMs: number;
  readonly boundMs: number;
}

export type ClockVerdict = "fire" | "clear" | "uncertain";

/** `uncertain`: between the thresholds, or the bound is too wide to say. It neither fires nor resolves anything. */
export function clockVerdict({ offsetMs, boundMs }: ClockDifference, { fire, clear }: ClockThreshold): ClockVerdict {
  if (Math.abs(offsetMs) - boundMs > fire) return "fire";
  return Math.abs(offsetMs) + boundMs < clear ? "clear" : "uncertain";
}

/** The offset now: as it was measured, with the bound that has grown since. */
export function differenceNow(report: ClockReport, nowMs: number): ClockDifference {
  const ageMs = Math.max(0, nowMs - report.measuredAtMs);
  return { offsetMs: report.offsetMs, boundMs: report.boundMs + partingRate(report) * ageMs };
}

/** How fast node and aggregator may part, milliseconds a millisecond. */
function partingRate({ driftPpm, driftBoundPpm }: ClockReport): number {
  if (driftPpm === undefined || driftBoundPpm === undefined) return RATE_LIMIT;
  return DRIFT_BOUND + (Math.abs(driftPpm) + driftBoundPpm) / 1e6;
}

export interface NamedDifference extends ClockDifference {
  readonly node: string;
}

export interface ClockPair extends ClockDifference {
  /** `offsetMs` is the clock of `a` minus the clock of `b`. */
  readonly a: string;
  readonly b: string;
}

export interface ClockAgreement {
  /** Where the true time lies against the aggregator's clock, if most clocks are right; undefined: nobody can tell. */
  readonly majority: ClockMajority | undefined;
  /** Clocks that most others contradict. */
  readonly wrongNodes: readonly string[];
  /** Most clocks contradict the aggregator's. */
  readonly aggregatorWrong: boolean;
  /** The pair that differs most for certain; undefined with less than two nodes. */
  readonly worst: ClockPair | undefined;
  /** All pairs, or none when there are too many for a page. */
  readonly pairs: readonly ClockPair[];
}

export interface ClockMajority {
  readonly lowMs: number;
  readonly highMs: number;
  /** Clocks that agree, of how many, the aggregator's included. */
  readonly clocks: number;
  readonly of: number;
}

export function agreementOf(clocks: readonly NamedDifference[]): ClockAgreement {
  const intervals = clocks.map(({ offsetMs, boundMs }) => ({ low: offsetMs - boundMs, high: offsetMs + boundMs }));
  const majority = majorityOf([...intervals, { low: 0, high: 0 }]);
  const wrong = new Set(majority?.outside);
  return {
    majority: majority && {
      lowMs: majority.interval.low,
      highMs: majority.interval.high,
      clocks: majority.interval.count,
      of: clocks.length + 1,
    },
    wrongNodes: clocks.filter((_, index) => wrong.has(index)).map(({ node }) => node),
    aggregatorWrong: wrong.has(clocks.length),
    worst: worstPair(clocks),
    pairs: clocks.length <= LIMITS.clockMatrixNodes ? allPairs(clocks) : [],
  };
}

function allPairs(clocks: readonly NamedDifference[]): ClockPair[] {
  return clocks.flatMap((a, index) => clocks.slice(index + 1).map((b) => pairOf(a, b)));
}

function pairOf(a: NamedDifference, b: NamedDifference): ClockPair {
  return { a: a.node, b: b.node, offsetMs: a.offsetMs - b.offsetMs, boundMs: a.boundMs + b.boundMs };
}

/** The clock that is ahead for certain by most, against the one that is behind by most. */
function worstPair(clocks: readonly NamedDifference[]): ClockPair | undefined {
  const atLeast = ({ offsetMs, boundMs }: ClockDifference): number => offsetMs - boundMs;
  const atMost = ({ offsetMs, boundMs }: ClockDifference): number => offsetMs + boundMs;
  // A clock that knows little can be first in both lists: it is not compared with itself.
  const fast = clocks.toSorted((a, b) => atLeast(b) - atLeast(a)).slice(0, 2);
  const slow = clocks.toSorted((a, b) => atMost(a) - atMost(b)).slice(0, 2);
  const pairs = fast.flatMap((a) => slow.filter((b) => b !== a).map((b) => [a, b] as const));
  if (pairs.length === 0) return undefined;
  const certain = ([a, b]: (typeof pairs)[number]): number => atLeast(a) - atMost(b);
  return pairOf(...pairs.reduce((worst, next) => (certain(next) > certain(worst) ? next : worst)));
}
