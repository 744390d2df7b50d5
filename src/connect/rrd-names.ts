/**
 * Where the data sources of Posit Connect's RRD files live in our tree.
 *
 * Connect's monitor (rserver-monitor, Workbench's too) writes a file per subject, `system.load.rrd`, with a data source per
 * value, `1min`. Only files are listed that Posit's documentation or public files show. Their data sources are found by
 * looking; whatever is not listed, `license-*` among it, passes through under `rrd.raw.<file>.<data source>`.
 */
import { nameNode } from "../core/metric-name.ts";
import type { Subject } from "../core/subject.ts";

export interface RrdSeries {
  /** Dotted, below the node's root. */
  readonly path: string;
  /** There is one per processor or per content item: sent only when asked for. */
  readonly group?: "processors" | "content";
  /** The value that stands for "does not apply". */
  readonly notApplicable?: number;
}

interface KnownFile {
  /** Of the file's name without `.rrd`; what the group catches fills the placeholder of `path`. */
  readonly stem: RegExp;
  /** Of its subjects, up to the data source. */
  readonly path: string;
  readonly dataSources: readonly string[];
  readonly group?: RrdSeries["group"];
  readonly notApplicable?: number;
  readonly class: Subject["class"];
  readonly unit: string;
  /** A sentence without a full stop, `%` where the data source goes. */
  readonly meaning: string;
}

const CPU = ["user", "sys", "nice", "idle", "wait", "irq", "softirq", "stolen"];
const SPACE = ["total", "available", "used"];
const NODE = { class: "node", unit: "" } as const;
const BYTES = { class: "sum", unit: "bytes", dataSources: SPACE } as const;

const FILES: readonly KnownFile[] = [
  {
    ...NODE,
    stem: /^system\.load$/,
    path: "system.load",
    dataSources: ["1min", "5min", "15min"],
    meaning: "Load average over %, by Connect's monitor",
  },
  { ...BYTES, stem: /^system\.memory$/, path: "system.memory", meaning: "Memory of the machine: %" },
  { ...BYTES, stem: /^system\.swap$/, path: "system.swap", meaning: "Swap space: %" },
  {
    ...NODE,
    stem: /^system\.cpu\.usage$/,
    path: "system.cpu.usage",
    dataSources: CPU,
    meaning: "Share of all processors' time, 0 to 1: %",
  },
  {
    ...NODE,
    stem: /^cpu-(\d+)$/,
    path: "cpu.<n>",
    dataSources: CPU,
    group: "processors",
    meaning: "Share of one processor's time, 0 to 1: %",
  },
  {
    stem: /^content-(.+)$/,
    path: "content.<id>",
    dataSources: ["sessions", "procs", "http"],
    group: "content",
    notApplicable: -1,
    class: "sum",
    unit: "",
    meaning: "Of one content item: %",
  },
];

/**
 * @param stem of the file's name, without `.rrd`; with the directories that it is in, `localhost/load/load`, where it is in
 *     one below the place that is looked at.
 */
export function rrdSeries(stem: string, dataSource: string): RrdSeries {
  for (const file of FILES) {
    const match = file.stem.exec(stem);
    if (match === null || !file.dataSources.includes(dataSource)) continue;
    const root = match[1] === undefined ? file.path : file.path.replace(/<\w+>/, nameNode(match[1]));
    const { group, notApplicable } = file;
    return {
      path: `${root}.${nameNode(dataSource)}`,
      ...(group === undefined ? {} : { group }),
      ...(notApplicable === undefined ? {} : { notApplicable }),
    };
  }
  const nodes = [...stem.split("/"), dataSource].map(nameNode);
  return { path: `rrd.raw.${nodes.join(".")}` };
}

export const CONNECT_RRD_SUBJECTS: readonly Subject[] = FILES.flatMap((file) =>
  file.dataSources.map((dataSource): Subject => {
    return {
      path: `${file.path}.${dataSource}`,
      scope: "node",
      kind: "gauge",
      class: file.class,
      unit: file.unit,
      meaning: file.meaning.replace("%", dataSource),
    };
  }),
);
