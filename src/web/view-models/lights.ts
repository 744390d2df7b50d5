/**
 * The lights of a node: each says whether one way of knowing about it works. A heartbeat does not prove that Connect
 * lives, and a page of metrics does not prove that its clock is right.
 *
 * A light is one entry of LIGHTS. What it has no series for is "not watched", and what it last heard long ago, or from a
 * node that is silent, is "no news": neither is ever green.
 */
import type { ClusterSnapshot, NodeSnapshot } from "../../cluster/cluster.ts";
import { formatOffset } from "../../core/measured.ts";
import { formatDuration } from "../../core/units.ts";
import { formatAge, formatTimeOfDay } from "../format.ts";
import type { Reading } from "../readings.ts";
import { clockDetail, clockLevel, unmeasuredText } from "./clock.ts";
import { type Keyed, keyed } from "./keyed.ts";
import { type Level, MARK_OF_LEVEL, type Mark, NODE_STATES } from "./level.ts";

export interface Light {
  readonly label: string;
  readonly level: Level;
  readonly mark: Mark;
  /** A word or a figure. */
  readonly text: string;
  /** What it means, when that takes a sentence. */
  readonly detail: string;
}

export interface LightInput {
  readonly snapshot: ClusterSnapshot;
  readonly node: NodeSnapshot;
  /** The newest value below the node's root, if it is news. */
  readonly read: (subject: string) => Reading | undefined;
  readonly nowMs: number;
}

type Look = Pick<Light, "level" | "text" | "detail">;

interface LightKind {
  readonly key: string;
  readonly label: string;
  /** Subjects of the series that it reads. */
  readonly subjects: readonly string[];
  look(input: LightInput): Look;
}

/** A value older than this says nothing about now: two missed collections of the slowest collector. */
const NEWS_MS = 150_000;
/** Connect's monitor process writes its RRD files once a minute; after 300 s without a write, the values are unknown. */
const RRD_LATE_SECONDS = 150;

const LIGHTS: readonly LightKind[] = [
  { key: "sidecar", label: "Sidecar", subjects: [], look: lookAtSidecar },
  { key: "clock", label: "Clock", subjects: [], look: lookAtClock },
  {
    key: "metrics",
    label: "Metrics",
    subjects: ["scrape.prometheus.up"],
    look: (input) => lookAtCollector(input, "prometheus", "Connect's metrics"),
  },
  { key: "rrd", label: "RRD", subjects: ["scrape.rrd.up", "rrd.newest_update_age_seconds"], look: lookAtRrd },
];

/** What has to be read for the lights. */
export const LIGHT_SUBJECTS: readonly string[] = LIGHTS.flatMap(({ subjects }) => subjects);

export function lightsOf(input: LightInput): Keyed<Light> {
  return keyed(
    LIGHTS.map(({ key, label, look }) => {
      const seen = look(input);
      return [key, { label, mark: MARK_OF_LEVEL[seen.level], ...seen }];
    }),
  );
}

function lookAtSidecar({ node }: LightInput): Look {
  const { level } = NODE_STATES[node.state];
  if (node.state === "stopped") return { level, text: "stopped", detail: "It said goodbye: a planned stop." };
  if (node.lastSeenMs === undefined) return { level, text: "not heard", detail: "It was never heard." };
  return {
    level,
    text: node.state === "alive" ? "heard" : node.state,
    detail: `It beats every ${formatDuration(node.intervalMs)}.`,
  };
}

function lookAtClock({ node, snapshot }: LightInput): Look {
  const { clock, clockReachable } = node;
  if (clock === undefined && clockReachable === undefined) return notWatched("The sidecar has not measured its clock.");
  if (!isHeard(node)) return noNews("The node is not heard.");
  if (clock === undefined) {
    return { level: "unknown", text: "not measured", detail: unmeasuredText(node) };
  }
  return { level: clockLevel(clock), text: formatOffset(clock), detail: clockDetail(node, snapshot) };
}

function lookAtCollector({ node, read, nowMs }: LightInput, collector: string, what: string): Look {
  const up = read(`scrape.${collector}.up`);
  if (up === undefined) return notWatched(`The sidecar does not tell of ${what}.`);
  if (!isHeard(node) || nowMs - up.atMs > NEWS_MS) {
    return noNews(`At ${formatTimeOfDay(up.atMs)} UTC ${what} ${up.value > 0 ? "could" : "could not"} be read.`);
  }
  return up.value > 0
    ? { level: "ok", text: "read", detail: `${capital(what)} can be read.` }
    : { level: "warn", text: "failing", detail: `The sidecar can't read ${what}; its log says why.` };
}

function lookAtRrd(input: LightInput): Look {
  const look = lookAtCollector(input, "rrd", "Connect's RRD files");
  const age = input.read("rrd.newest_update_age_seconds");
  if (look.level !== "ok" || age === undefined) return look;
  const text = `${formatAge(age.value * 1000)} old`;
  if (age.value <= RRD_LATE_SECONDS) return { ...look, text };
  return {
    level: "warn",
    text,
    detail: "Connect's monitor process, which writes once a minute, has stopped or hangs.",
  };
}

/** What an earlier value said does not hold for a node that is not heard any more. */
function isHeard({ state }: NodeSnapshot): boolean {
  return state === "alive" || state === "late";
}

function notWatched(detail: string): Look {
  return { level: "off", text: "not watched", detail };
}

function noNews(detail: string): Look {
  return { level: "unknown", text: "no news", detail };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
