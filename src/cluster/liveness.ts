/**
 * Does a node's sidecar live? Judged by the arrival of its heartbeats here, in observed time (observation.ts).
 *
 *                     1.5 intervals        3 intervals
 *      alive ──silent────► late ──silent────► stale         any of them ──fresh heartbeat──► alive
 *      unknown ─────────silent──────────────► stale         any of them ──goodbye──────────► stopped
 *
 * A heartbeat that arrives proves that the node lived when it was sent, which may be an hour ago: queues of sidecars
 * and relays are drained after an outage. Only a *fresh* one changes the state, and what is fresh is decided without
 * trusting the node's clock. Time that passed here since an earlier heartbeat must agree with what the newer one says
 * has passed there, by its sequence number or by its time stamp:
 *
 *   - against the last fresh one: not much more time passed here than there. In a drained queue an hour passed here and
 *     ten seconds there. After a stopped process goes on, the sequence says "ten seconds" but the stamp says "an hour".
 *   - against the last one of any kind: the same, to half an interval. So a node whose clock was set back, and whose
 *     stamps therefore look old, is believed again at its second heartbeat; a drained queue comes faster than that.
 *
 * Pure: a record, and functions from it to the next.
 */
import { z } from "zod";
import type { Moment } from "./observation.ts";

export const livenessOptions = {
  lateAfter: z.number().min(1.1).default(1.5).describe("A node is late after so many of its intervals without a beat."),
  staleAfter: z.number().min(2).default(3).describe("A node is stale after so many of its intervals without a beat."),
};

export interface LivenessOptions {
  readonly lateAfter: number;
  readonly staleAfter: number;
}

export type NodeState =
  /** Not heard since this aggregator observes. */
  | "unknown"
  | "alive"
  | "late"
  | "stale"
  /** It said goodbye: a planned stop. */
  | "stopped";

export interface Heartbeat {
  /** When the process started, by the node's clock: tells processes apart. */
  readonly startedSeconds: number;
  /** Counts up from the start of the process. */
  readonly sequence: number;
  /** The sample's time stamp. */
  readonly seconds: number;
  readonly arrival: Moment;
}

export interface Liveness {
  readonly state: NodeState;
  /** When the state began, by our wall clock: for silence, when the first beat was missing. */
  readonly sinceMs: number;
  /** When it was noticed, by our wall clock. */
  readonly noticedAtMs: number;
  /** As the node says. */
  readonly intervalMs: number;
  /** The newest fresh heartbeat. */
  readonly fresh: Heartbeat | undefined;
  /** The newest heartbeat to arrive, fresh or not. */
  readonly latest: Heartbeat | undefined;
  /** Observed time when silence began: at the last fresh heartbeat, or when we began to watch. */
  readonly silentFromMs: number;
  /** The last sign of life, by our wall clock, also one from before we began to watch. */
  readonly lastSeenMs: number | undefined;
  /** The process that said goodbye, by its start; undefined: none, or not known. */
  readonly stoppedProcess: number | undefined;
  /** New processes seen. */
  readonly restarts: number;
  /** Heartbeats that came late, from a queue. */
  readonly backfilled: number;
}

export const DEFAULT_INTERVAL_MS = 10_000;
const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 3_600_000;

export interface KnownBefore {
  readonly lastSeenMs: number;
  readonly intervalMs: number;
  readonly stopped: boolean;
}

/** A node that was not known a moment ago, or that is known from before a restart of the aggregator. */
export function newLiveness(now: Moment, observedMs: number, before?: KnownBefore): Liveness {
  return {
    state: before?.stopped === true ? "stopped" : "unknown",
    sinceMs: before?.lastSeenMs ?? now.wallMs,
    noticedAtMs: now.wallMs,
    intervalMs: usableInterval(before?.intervalMs) ?? DEFAULT_INTERVAL_MS,
    fresh: undefined,
    latest: undefined,
    silentFromMs: observedMs,
    lastSeenMs: before?.lastSeenMs,
    stoppedProcess: undefined,
    restarts: 0,
    backfilled: 0,
  };
}

/** The node says how often it means to beat; what can't be meant changes nothing. */
export function withInterval(node: Liveness, intervalMs: number): Liveness {
  return { ...node, intervalMs: usableInterval(intervalMs) ?? node.intervalMs };
}

export function heard(node: Liveness, beat: Heartbeat, observedMs: number, options: LivenessOptions): Liveness {
  const after = { ...node, latest: beat };
  if (!isFresh(node, beat, options)) return { ...after, backfilled: node.backfilled + 1 };
  const restarted = node.fresh !== undefined && node.fresh.startedSeconds !== beat.startedSeconds;
  const { wallMs } = beat.arrival;
  return {
    ...after,
    ...(node.state === "alive" && !restarted ? {} : { sinceMs: wallMs, noticedAtMs: wallMs }),
    state: "alive",
    fresh: beat,
    silentFromMs: observedMs,
    lastSeenMs: wallMs,
    restarts: node.restarts + (restarted ? 1 : 0),
  };
}

/** A goodbye of an earlier process, out of a queue, is no news. */
export function saidGoodbye(node: Liveness, startedSeconds: number, now: Moment): Liveness {
  if (node.state === "stopped" || (node.fresh !== undefined && startedSeconds < node.fresh.startedSeconds)) return node;
  const { wallMs } = now;
  const stopped = { state: "stopped", sinceMs: wallMs, noticedAtMs: wallMs, lastSeenMs: wallMs } as const;
  return { ...node, ...stopped, stoppedProcess: startedSeconds };
}

/** What became of the node by now, if nothing was heard. */
export function assess(node: Liveness, observedMs: number, now: Moment, options: LivenessOptions): Liveness {
  const state = silentState(node, observedMs, options);
  if (state === node.state) return node;
  return { ...node, state, sinceMs: missedMs(node), noticedAtMs: now.wallMs };
}

/** Observed time since the last sign of life. */
export function silenceMs(node: Liveness, observedMs: number): number {
  return observedMs - node.silentFromMs;
}

/** When the first beat was missing, by our wall clock. */
export function missedMs(node: Liveness): number {
  return node.lastSeenMs === undefined ? node.sinceMs : node.lastSeenMs + node.intervalMs;
}

function silentState(node: Liveness, observedMs: number, options: LivenessOptions): NodeState {
  if (node.state === "stopped") return "stopped";
  const intervals = silenceMs(node, observedMs) / node.intervalMs;
  if (intervals >= options.staleAfter) return "stale";
  return node.state === "alive" && intervals >= options.lateAfter ? "late" : node.state;
}

/** How much older a time stamp is than one fresh from this node would be: how long its sample waited in a queue. */
export function queuedMs(node: Liveness, seconds: number, arrival: Moment): number {
  if (node.fresh === undefined) return 0;
  const passedHereMs = arrival.monotonicMs - node.fresh.arrival.monotonicMs;
  return Math.max(0, passedHereMs - (seconds - node.fresh.seconds) * 1000);
}

// ---- what is fresh ----------------------------------------------------------------------------------------------

function isFresh(node: Liveness, beat: Heartbeat, options: LivenessOptions): boolean {
  if (isOutdated(node, beat)) return false;
  return keepsPace(node, beat) || oldByMs(node, beat) <= options.lateAfter * node.intervalMs;
}

/** Whether something later than this beat is known already: a later beat, a later process, or the goodbye. */
function isOutdated(node: Liveness, beat: Heartbeat): boolean {
  if (node.state === "stopped" && beat.startedSeconds === node.stoppedProcess) return true;
  if (node.fresh === undefined) return false;
  if (node.fresh.startedSeconds === beat.startedSeconds) return beat.sequence <= node.fresh.sequence;
  // A process that started earlier comes after a later one only if the node's clock was set back in between.
  return node.state === "alive" && beat.startedSeconds < node.fresh.startedSeconds;
}

/** Whether the beat comes after the latest one of its process as its sequence number says. */
function keepsPace({ latest, intervalMs }: Liveness, beat: Heartbeat): boolean {
  if (latest?.startedSeconds !== beat.startedSeconds || beat.sequence <= latest.sequence) return false;
  const passedHereMs = beat.arrival.monotonicMs - latest.arrival.monotonicMs;
  return Math.abs(passedHereMs - (beat.sequence - latest.sequence) * intervalMs) <= intervalMs / 2;
}

/** How old the beat is, measured from the last fresh one; at first contact there is only its time stamp. */
function oldByMs({ fresh, intervalMs }: Liveness, beat: Heartbeat): number {
  if (fresh === undefined) return beat.arrival.wallMs - beat.seconds * 1000;
  const sameProcess = fresh.startedSeconds === beat.startedSeconds;
  const bySequenceMs = sameProcess ? (beat.sequence - fresh.sequence) * intervalMs : Number.NEGATIVE_INFINITY;
  const byStampMs = (beat.seconds - fresh.seconds) * 1000;
  return beat.arrival.monotonicMs - fresh.arrival.monotonicMs - Math.max(bySequenceMs, byStampMs);
}

function usableInterval(intervalMs: number | undefined): number | undefined {
  if (intervalMs === undefined || !(intervalMs > 0 && Number.isFinite(intervalMs))) return undefined;
  return Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, intervalMs));
}
