/** What the cluster does: sessions and queued jobs, as far as there are series that tell. */
import type { ClusterSnapshot } from "../../cluster/cluster.ts";
import { CLUSTER_NODE } from "../../core/metric-name.ts";
import { formatAge, formatFigure } from "../format.ts";
import type { Histories, LatestValues } from "../readings.ts";
import { sparkline } from "../sparkline.ts";
import { type Keyed, keyed } from "./keyed.ts";
import { seriesRoot } from "./names.ts";

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly spark: string;
}

/** Each node counts its own share: they add up (docs/series.md). */
export const SESSIONS_SUBJECT = "shiny.sessions.active";
/** Every node reports the same queue: cluster-wide already. */
export const QUEUE_SUBJECTS = ["queue.*.size", "queue.*.oldest_age_s"] as const;

export interface FiguresInput {
  readonly snapshot: ClusterSnapshot;
  readonly latest: LatestValues;
  readonly histories: Histories;
}

export function figuresOf(input: FiguresInput): Keyed<Figure> {
  const figures = [
    ["sessions", sessions(input)],
    ["jobs", queuedJobs(input)],
  ] as const;
  return keyed(figures.flatMap(([key, figure]) => (figure === undefined ? [] : [[key, figure] as const])));
}

/** Of the nodes that tell now. One that fell silent is not counted with what it said last, and the note says so. */
function sessions({ snapshot, latest, histories }: FiguresInput): Figure | undefined {
  const names = snapshot.nodes.map(({ node }) => `${seriesRoot(snapshot.cluster, node)}.${SESSIONS_SUBJECT}`);
  const past = names.flatMap((name) => histories.get(name) ?? []);
  if (past.length === 0) return undefined;
  const heard = snapshot.nodes.flatMap(({ state }, i) => {
    const reading = latest.get(names[i]!);
    return (state === "alive" || state === "late") && reading !== undefined ? [reading.value] : [];
  });
  return {
    label: "Shiny sessions",
    value: heard.length === 0 ? "–" : formatFigure(heard.reduce((sum, value) => sum + value, 0)),
    note: names.length === 1 ? "on one node" : `on ${heard.length} of ${names.length} nodes`,
    spark: sparkline(sumOf(past)),
  };
}

function queuedJobs({ snapshot, latest }: FiguresInput): Figure | undefined {
  const root = `${seriesRoot(snapshot.cluster, CLUSTER_NODE)}.queue.`;
  const queues: { queue: string; size: number }[] = [];
  let oldestSeconds = 0;
  for (const [name, { value }] of latest) {
    const match = name.startsWith(root) ? /^(.+)\.(size|oldest_age_s)$/.exec(name.slice(root.length)) : null;
    if (match?.[2] === "size") queues.push({ queue: match[1]!, size: value });
    else if (match !== null) oldestSeconds = Math.max(oldestSeconds, value);
  }
  if (queues.length === 0) return undefined;
  const filled = queues.filter(({ size }) => size > 0).map(({ queue, size }) => `${queue} ${formatFigure(size)}`);
  const oldest = filled.length > 0 && oldestSeconds > 0 ? [`the oldest for ${formatAge(oldestSeconds * 1000)}`] : [];
  return {
    label: "Jobs in queues",
    value: formatFigure(queues.reduce((sum, { size }) => sum + size, 0)),
    note: [...filled, ...oldest].join(", ") || `${queues.length} ${queues.length === 1 ? "queue" : "queues"}, empty`,
    spark: "",
  };
}

/** NaN where none of them is known. */
function sumOf(columns: readonly Float64Array[]): Float64Array {
  return columns[0]!.map((_, i) => {
    const known = columns.map((column) => column[i]!).filter((value) => !Number.isNaN(value));
    return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0);
  });
}
