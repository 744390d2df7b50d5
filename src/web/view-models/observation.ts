/** When the cluster could be seen at all: what Lockstep did not see, it says so, and invents nothing. */
import type { ClusterSnapshot } from "../../cluster/cluster.ts";
import type { BlindBand, BlindReason } from "../../cluster/observation.ts";
import { formatDuration } from "../../core/units.ts";
import { formatTimeOfDay, formatUtc } from "../format.ts";
import { type Keyed, keyed } from "./keyed.ts";
import { type Since, since } from "./since.ts";

export interface ObservationPanel {
  readonly watching: Since;
  /** Why silence counts for nothing at the moment; empty while it counts. */
  readonly now: string;
  /** How much of the last hour, or of the time since the start, was not seen. */
  readonly summary: string;
  /** The blind bands of the last hour, as a path: STRIP_WIDTH wide, the present at the right. */
  readonly strip: string;
  readonly bands: Keyed<BandRow>;
}

export interface BandRow {
  readonly text: string;
}

export const STRIP_WIDTH = 360;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const BANDS_SHOWN = 5;
/** The strip moves on in steps, so that not every second brings a new one. */
const STRIP_STEP_MS = HOUR_MS / STRIP_WIDTH;

const REASONS: Readonly<Record<BlindReason, string>> = {
  not_running: "this aggregator did not run",
  stalled: "this aggregator was stopped, starved or asleep",
  clock_set: "the clock of this machine was set",
  listener_down: "the receiver was down",
  most_nodes_silent: "most nodes fell silent at once",
};

const BLIND_NOW: Readonly<Record<BlindReason | "settling", string>> = {
  ...REASONS,
  listener_down: "The receiver is down: nothing can be heard.",
  most_nodes_silent: "Most nodes fell silent at once. That is rather a fault on this side, or on the way, than theirs.",
  settling: "Silence does not count yet: the nodes have to find the way back here first.",
};

export function observationPanel(snapshot: ClusterSnapshot, nowMs: number): ObservationPanel {
  const { observingSinceMs, blind, blindBands } = snapshot;
  const endMs = Math.ceil(nowMs / STRIP_STEP_MS) * STRIP_STEP_MS;
  const lastHour = blindBands.filter(({ toMs }) => (toMs ?? nowMs) > nowMs - HOUR_MS);
  return {
    watching: since("for", observingSinceMs),
    now: blind === undefined ? "" : BLIND_NOW[blind],
    summary: summaryOf(lastHour, observingSinceMs, nowMs),
    strip: stripPath(snapshot, endMs),
    bands: bandRows(blindBands, nowMs),
  };
}

/** Of what came before this aggregator watched, nothing is said but that it did not. */
function summaryOf(bands: readonly BlindBand[], observingSinceMs: number, nowMs: number): string {
  const startMs = Math.max(observingSinceMs, nowMs - HOUR_MS);
  const blindMs = bands.reduce((sum, band) => sum + overlapMs(band, startMs, nowMs), 0);
  const inWhat = startMs === observingSinceMs ? "since it started" : "in the last hour";
  if (blindMs === 0) return `without a gap ${inWhat}`;
  return `blind for ${formatDuration(Math.max(1_000, Math.round(blindMs / 1_000) * 1_000))} ${inWhat}`;
}

function overlapMs({ fromMs, toMs }: BlindBand, startMs: number, endMs: number): number {
  return Math.max(0, Math.min(toMs ?? endMs, endMs) - Math.max(fromMs, startMs));
}

/** The time before this aggregator watched is blind as well. */
function stripPath({ observingSinceMs, blindBands }: ClusterSnapshot, endMs: number): string {
  const startMs = endMs - HOUR_MS;
  const place = (ms: number): number => Math.round(((ms - startMs) / HOUR_MS) * STRIP_WIDTH);
  const before = { fromMs: startMs, toMs: observingSinceMs };
  let path = "";
  for (const { fromMs, toMs } of [before, ...blindBands]) {
    const from = Math.max(0, place(fromMs));
    const to = Math.min(STRIP_WIDTH, place(toMs ?? endMs));
    // However short a band was, it is to be seen.
    if (to > 0 && from < STRIP_WIDTH && (toMs ?? endMs) > startMs)
      path += `M${from} 0H${Math.max(to, from + 2)}V8H${from}Z`;
  }
  return path;
}

/** Of the last day, the newest first. */
function bandRows(bands: readonly BlindBand[], nowMs: number): Keyed<BandRow> {
  const recent = bands.filter(({ toMs }) => (toMs ?? nowMs) > nowMs - DAY_MS).toReversed();
  return keyed(recent.slice(0, BANDS_SHOWN).map((band) => [`${band.fromMs} ${band.reason}`, { text: bandText(band) }]));
}

/** `2026-11-23 09:40:02 UTC to 09:43:12: this aggregator was stopped, starved or asleep`. */
export function bandText({ fromMs, toMs, reason }: BlindBand): string {
  const until = toMs === undefined ? "until now" : `to ${formatTimeOfDay(toMs)}`;
  return `${formatUtc(fromMs)} ${until}: ${REASONS[reason]}`;
}
