/** What the RRD collector sends over many collections, beside what rrdtool says of the files in the end. */
import assert from "node:assert/strict";
import { nodeNames } from "#src/collectors/collector.ts";
import { rrdCollector } from "#src/collectors/rrd.ts";
import type { World } from "#src/core/world.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { recordingLog } from "./collect.ts";

export interface Forwarded {
  /** One collection. */
  collect(): Promise<void>;
  /** By series without its root: the rows in the order in which they came. */
  readonly rows: ReadonlyMap<string, readonly (readonly [seconds: number, value: number])[]>;
  readonly logged: readonly string[];
}

export function forwardFrom(world: World, directory: string): Forwarded {
  const logged: string[] = [];
  const context = { world, log: recordingLog(logged), metrics: createMetrics(), names: nodeNames("c", "n1") };
  const settings = { directories: [directory], backfill: "365d", significantDigits: 17 };
  const collector = rrdCollector.create(context, rrdCollector.options.parse(settings));
  const rows = new Map<string, [number, number][]>();
  return {
    rows,
    logged,
    async collect() {
      await collector.collect(({ name, value, wallMs }) => {
        if (wallMs === undefined) return;
        const series = name.replace("connect.c.n1.", "");
        rows.set(series, [...(rows.get(series) ?? []), [wallMs / 1000, value]]);
      }, new AbortController().signal);
    },
  };
}

/** The known values of one column of what `rrdtool fetch` printed. */
export function fetchedColumn(text: string, dataSource: string): [seconds: number, text: string][] {
  const [head, , ...lines] = text.trimEnd().split("\n");
  const column = head!.trim().split(/\s+/).indexOf(dataSource);
  assert.notEqual(column, -1, `${dataSource} is a column of ${head}`);
  return lines
    .map((line) => line.split(/:? +/))
    .map((words): [number, string] => [Number(words[0]), words[column + 1]!])
    .filter(([, value]) => !value.endsWith("nan"));
}
