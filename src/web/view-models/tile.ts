/** A node on the overview: its state, its lights, and a line of load over the last hour. */
import type { ClusterSnapshot, NodeSnapshot } from "../../cluster/cluster.ts";
import { formatFigure } from "../format.ts";
import type { Histories, LatestValues } from "../readings.ts";
import { sparkline } from "../sparkline.ts";
import type { Keyed } from "./keyed.ts";
import { badness, type Level, type Mark, NODE_STATES, worst } from "./level.ts";
import { type Light, lightsOf } from "./lights.ts";
import { nodeHref, seriesRoot } from "./names.ts";
import { type Since, since } from "./since.ts";

export interface Tile {
  readonly node: string;
  readonly href: string;
  readonly level: Level;
  readonly mark: Mark;
  /** The state as a word. */
  readonly word: string;
  readonly since: Since;
  readonly lights: Keyed<Light>;
  /** The worst of them. */
  readonly light: Level;
  readonly load: string;
  /** The line, as a path. */
  readonly spark: string;
}

/** Load of the machine, as our own collector or Connect's RRD files tell it: the first that is there counts. */
export const LOAD_SUBJECTS = ["host.load.1min", "system.load.1min"] as const;

export interface TileInput {
  readonly snapshot: ClusterSnapshot;
  readonly node: NodeSnapshot;
  readonly latest: LatestValues;
  readonly histories: Histories;
  readonly nowMs: number;
}

export function tileOf(input: TileInput): Tile {
  const { snapshot, node, latest, histories } = input;
  const root = seriesRoot(snapshot.cluster, node.node);
  const { level, mark } = NODE_STATES[node.state];
  const load = LOAD_SUBJECTS.find((subject) => histories.has(`${root}.${subject}`));
  const lights = nodeLights(input);
  const heard = node.state === "alive" || node.state === "late";
  const reading = load === undefined || !heard ? undefined : latest.get(`${root}.${load}`);
  return {
    node: node.node,
    href: nodeHref(snapshot.cluster, node.node),
    level,
    mark,
    word: node.state,
    since: sinceHeard(node),
    lights,
    light: worst(Object.values(lights.items).map(({ level: one }) => one)),
    load: reading === undefined ? "" : `load ${formatFigure(reading.value)}`,
    spark: load === undefined ? "" : sparkline(histories.get(`${root}.${load}`)),
  };
}

export function nodeLights({ snapshot, node, latest, nowMs }: Omit<TileInput, "histories">): Keyed<Light> {
  const root = seriesRoot(snapshot.cluster, node.node);
  return lightsOf({ snapshot, node, nowMs, read: (subject) => latest.get(`${root}.${subject}`) });
}

/** When the node was last heard, in the words of its state. */
export function sinceHeard({ state, lastSeenMs }: NodeSnapshot): Since {
  if (lastSeenMs === undefined) return since("never heard", undefined);
  if (state === "alive") return since("heard", lastSeenMs, "ago");
  if (state === "stopped") return since("stopped", lastSeenMs, "ago");
  return state === "unknown" ? since("last heard", lastSeenMs, "ago") : since("silent for", lastSeenMs);
}

const byName = new Intl.Collator("en", { numeric: true });

/** Problems first: silent nodes, then those with the worst light; n2 before n10. */
export function compareTiles(a: Tile, b: Tile): number {
  const worse = badness(b.level) - badness(a.level) || badness(b.light) - badness(a.light);
  return worse !== 0 ? worse : byName.compare(a.node, b.node);
}
