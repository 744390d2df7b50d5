/**
 * The charts of a node: which series belong together, and in which unit. A chart is shown when at least one of its series
 * exists; where two sources tell the same (our own collector and Connect's RRD files), the first that is there is shown.
 */
import { LIMITS } from "../../core/limits.ts";

/** How the browser writes the values of an axis. */
export type ChartUnit = "count" | "seconds" | "bytes" | "fraction";

export interface Chart {
  readonly key: string;
  readonly title: string;
  readonly unit: ChartUnit;
  readonly lines: readonly ChartLine[];
  /** A second series that is the error bound of the first: drawn as a band around it; empty: there is none. */
  readonly bound: string;
  /** Where the values of the last hour are, as JSON. */
  readonly values: string;
}

export interface ChartLine {
  /** Of the series. */
  readonly name: string;
  readonly label: string;
}

interface ChartKind {
  readonly key: string;
  readonly title: string;
  readonly unit: ChartUnit;
  /** Sources in order of preference: subjects with their labels. `*` stands for one node, which becomes the label. */
  readonly sources: readonly Readonly<Record<string, string>>[];
  readonly bound?: string;
}

const CHARTS: readonly ChartKind[] = [
  {
    key: "load",
    title: "Load",
    unit: "count",
    sources: [
      { "host.load.1min": "1 min", "host.load.5min": "5 min", "host.load.15min": "15 min" },
      { "system.load.1min": "1 min", "system.load.5min": "5 min", "system.load.15min": "15 min" },
    ],
  },
  {
    key: "cpu",
    title: "Processor time",
    unit: "fraction",
    sources: [
      {
        "host.cpu.user": "user",
        "host.cpu.system": "system",
        "host.cpu.iowait": "waiting for disks",
        "host.cpu.steal": "stolen",
      },
      {
        "system.cpu.usage.user": "user",
        "system.cpu.usage.sys": "system",
        "system.cpu.usage.wait": "waiting for disks",
        "system.cpu.usage.stolen": "stolen",
      },
    ],
  },
  {
    key: "memory",
    title: "Memory",
    unit: "bytes",
    sources: [
      { "host.memory.used_bytes": "used", "host.memory.total_bytes": "total" },
      { "system.memory.used": "used", "system.memory.total": "total" },
    ],
  },
  {
    key: "clock",
    title: "Clock against the aggregator",
    unit: "seconds",
    sources: [{ "clock.aggregator.offset_seconds": "offset" }],
    bound: "clock.aggregator.bound_seconds",
  },
  { key: "sessions", title: "Shiny sessions", unit: "count", sources: [{ "shiny.sessions.active": "open" }] },
  {
    key: "requests",
    title: "Time of HTTP requests",
    unit: "seconds",
    sources: [{ "http.duration.p50": "p50", "http.duration.p95": "p95", "http.duration.p99": "p99" }],
  },
  {
    key: "rrd",
    title: "Time since the RRD files were written",
    unit: "seconds",
    sources: [{ "rrd.newest_update_age_seconds": "newest file" }],
  },
  { key: "scrape", title: "Time of collections", unit: "seconds", sources: [{ "scrape.*.duration_seconds": "*" }] },
];

/** What charts are made of; `*` stands for one node. */
export const CHART_SUBJECTS: readonly string[] = CHARTS.flatMap(({ sources, bound }) => [
  ...sources.flatMap((source) => Object.keys(source)),
  ...(bound === undefined ? [] : [bound]),
]);

/** `subjects` are all that the node has, below its root. */
export function chartsOf(root: string, subjects: readonly string[]): readonly Chart[] {
  const present = new Set(subjects);
  return CHARTS.flatMap(({ key, title, unit, sources, bound }) => {
    const lines = sources.map((source) => linesOf(source, present, root)).find((found) => found.length > 0);
    if (lines === undefined) return [];
    const bounded = bound !== undefined && present.has(bound) ? `${root}.${bound}` : "";
    const names = [...lines.map(({ name }) => name), ...(bounded === "" ? [] : [bounded])];
    const values = `/api/series?${new URLSearchParams(names.map((name): [string, string] => ["name", name]))}`;
    return [{ key, title, unit, lines: lines.slice(0, LIMITS.chartSeries - 1), bound: bounded, values }];
  });
}

function linesOf(source: Readonly<Record<string, string>>, present: ReadonlySet<string>, root: string): ChartLine[] {
  return Object.entries(source).flatMap(([subject, label]) => {
    if (label !== "*") return present.has(subject) ? [{ name: `${root}.${subject}`, label }] : [];
    const [before, after] = subject.split("*") as [string, string];
    return [...present].flatMap((name) => {
      if (!name.startsWith(before) || !name.endsWith(after)) return [];
      const middle = name.slice(before.length, name.length - after.length);
      return middle === "" || middle.includes(".") ? [] : [{ name: `${root}.${name}`, label: middle }];
    });
  });
}
