/**
 * When was this aggregator able to see a cluster at all?
 *
 * A node that is not heard has fallen silent only if somebody was listening. So silence is not measured in seconds but
 * in *observed* seconds, which stand still while the aggregator itself was stopped, starved or asleep, while its
 * listener was down, while its clock was being set, shortly after each of these (the nodes have to come back first),
 * and while most nodes are silent at once, because then the fault is more likely here, or on the way, than there.
 *
 *      real time    ───────────────────────────────────────────►
 *      blind                     ████████░░░░                      █ band, ░ settling
 *      observed     1 2 3 4 5 6 7            8 9 10 11 12 …
 *
 * Pure: a record, and functions from it to the next.
 */
import type { z } from "zod";
import { type ClockLook, clockJump } from "../core/clock-jump.ts";
import { LIMITS } from "../core/limits.ts";
import { duration } from "../core/options.ts";

export const observationOptions = {
  settle: duration(
    "30s",
    "After the aggregator could not see, nodes get this long to come back: the longest time between two of their tries.",
  ),
  massSilence: duration(
    "2m",
    "When most nodes fall silent at once, they are not called stale for this long: one condition, not one per node.",
  ),
} satisfies Readonly<Record<string, z.ZodType>>;

export interface ObservationOptions {
  readonly settle: number;
  readonly massSilence: number;
}

/** A moment, by the aggregator's clocks: `lookAtClocks(world.clock)`. */
export type Moment = ClockLook;

export type BlindReason =
  /** The aggregator was not there. */
  | "not_running"
  /** The process was stopped, starved, or the machine was busy: time passed, and nothing ran. */
  | "stalled"
  /** The wall clock jumped while the monotonic one did not: somebody set it, or the machine slept. */
  | "clock_set"
  | "listener_down"
  | "most_nodes_silent";

/** A time in which the cluster was not seen, by the aggregator's wall clock. */
export interface BlindBand {
  readonly fromMs: number;
  /** Undefined while it lasts. */
  readonly toMs: number | undefined;
  readonly reason: BlindReason;
}

export interface Observation {
  readonly startedMs: number;
  /** Observed time until `last`. */
  readonly observedMs: number;
  readonly last: Moment;
  /** Until then (monotonic) nodes are coming back. */
  readonly settledAtMs: number;
  readonly listening: boolean;
  /** Since when (monotonic) most nodes are silent. */
  readonly massSilentSinceMs: number | undefined;
  /** Oldest first. */
  readonly bands: readonly BlindBand[];
}

/** A later look than this at the clocks means that the process did not run. */
const LATE_MS = 2_000;
const STEP_MS = 2_000;

/** Begins by settling: after a start the nodes have to find the way here first. `lastRanMs`: see ClustersContext. */
export function startObservation(now: Moment, { settle }: ObservationOptions, lastRanMs?: number): Observation {
  const wasAway = lastRanMs !== undefined && lastRanMs < now.wallMs;
  return {
    startedMs: now.wallMs,
    observedMs: 0,
    last: now,
    settledAtMs: now.monotonicMs + settle,
    listening: true,
    massSilentSinceMs: undefined,
    bands: wasAway ? [{ fromMs: lastRanMs, toMs: now.wallMs, reason: "not_running" }] : [],
  };
}

/** Has to be called at least once a second: a longer pause is a time in which nothing was observed. */
export function advance(before: Observation, now: Moment, options: ObservationOptions): Observation {
  const { lateMs, stepMs } = clockJump(before.last, now, 0);
  const reason = lateMs > LATE_MS ? "stalled" : Math.abs(stepMs) > STEP_MS ? "clock_set" : undefined;
  if (reason !== undefined) {
    // By the wall clock of after: one that was set backwards leaves a band of no length.
    const fromMs = reason === "stalled" ? now.wallMs - lateMs : Math.min(before.last.wallMs, now.wallMs);
    const band = { fromMs, toMs: now.wallMs, reason } as const;
    // A short pause cuts no connection: who was away three seconds needs no longer to be found again.
    const settleMs = Math.min(options.settle, Math.max(lateMs, Math.abs(stepMs)));
    const settledAtMs = Math.max(before.settledAtMs, now.monotonicMs + settleMs);
    return { ...withBand(before, band), last: now, settledAtMs };
  }
  const countedFromMs = Math.max(before.last.monotonicMs, before.settledAtMs);
  const observedMs = isCounting(before, now, options) ? Math.max(0, now.monotonicMs - countedFromMs) : 0;
  return { ...before, last: now, observedMs: before.observedMs + observedMs };
}

export function setListening(before: Observation, listening: boolean, options: ObservationOptions): Observation {
  if (before.listening === listening) return before;
  const after = listening
    ? endBand(before, "listener_down", options)
    : beginBand(before, "listener_down", before.last.wallMs);
  return { ...after, listening };
}

/** `silentSinceMs`: when the first of the nodes fell silent, by our wall clock; undefined: most nodes are heard. */
export function setMassSilence(
  before: Observation,
  silentSinceMs: number | undefined,
  options: ObservationOptions,
): Observation {
  const silent = silentSinceMs !== undefined;
  if (silent === (before.massSilentSinceMs !== undefined)) return before;
  if (!silent) return { ...endBand(before, "most_nodes_silent", options), massSilentSinceMs: undefined };
  const after = beginBand(before, "most_nodes_silent", silentSinceMs);
  return { ...after, massSilentSinceMs: before.last.monotonicMs };
}

/** Why silence does not count at the moment; undefined while it does. */
export function blindNow(observation: Observation, options: ObservationOptions): BlindReason | "settling" | undefined {
  if (!observation.listening) return "listener_down";
  if (holdsForMassSilence(observation, observation.last, options)) return "most_nodes_silent";
  return observation.last.monotonicMs < observation.settledAtMs ? "settling" : undefined;
}

function isCounting(observation: Observation, now: Moment, options: ObservationOptions): boolean {
  return observation.listening && !holdsForMassSilence(observation, now, options);
}

/** Not for ever: after a while, nodes that are silent are called so, whoever is at fault. */
function holdsForMassSilence({ massSilentSinceMs }: Observation, now: Moment, options: ObservationOptions): boolean {
  return massSilentSinceMs !== undefined && now.monotonicMs - massSilentSinceMs < options.massSilence;
}

function withBand(observation: Observation, band: BlindBand): Observation {
  return { ...observation, bands: [...observation.bands, band].slice(-LIMITS.blindBands) };
}

function beginBand(observation: Observation, reason: BlindReason, fromMs: number): Observation {
  return withBand(observation, { fromMs, toMs: undefined, reason });
}

function endBand(observation: Observation, reason: BlindReason, options: ObservationOptions): Observation {
  const toMs = observation.last.wallMs;
  const bands = observation.bands.map((band) =>
    band.reason === reason && band.toMs === undefined ? { ...band, toMs } : band,
  );
  return { ...observation, bands, settledAtMs: observation.last.monotonicMs + options.settle };
}
