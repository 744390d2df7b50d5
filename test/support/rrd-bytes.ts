/** All that can be asked of an RRD file in memory, and small files to ask it of. */
import { createRrd, type RrdSpec } from "#src/rrd/create.ts";
import { dumpRrd, loadWhole } from "#src/rrd/dump.ts";
import { planFetch } from "#src/rrd/fetch.ts";
import { formatInfo, rrdInfo } from "#src/rrd/info.ts";
import { rrdOfBytes } from "#src/rrd/read.ts";
import { formatFetch } from "#src/rrd/rows.ts";
import { type RrdUpdate, updateRrd } from "#src/rrd/update.ts";

export const START = 1_700_000_040;

/** Two data sources, a step of ten seconds, an archive of one step a row and one of three. */
export const SMALL: RrdSpec = {
  stepSeconds: 10,
  startSeconds: START,
  dataSources: [
    { name: "load", type: "GAUGE", heartbeatSeconds: 25 },
    { name: "hits", type: "COUNTER", heartbeatSeconds: 25, min: 0 },
  ],
  archives: [
    { function: "AVERAGE", xff: 0.5, stepsPerRow: 1, rows: 8 },
    { function: "MAX", xff: 0.5, stepsPerRow: 3, rows: 4 },
  ],
};

/** `SMALL` after updates, ten seconds apart. */
export function smallRrd(readings: readonly RrdUpdate["readings"][]): Uint8Array {
  const bytes = createRrd(SMALL);
  updateRrd(
    bytes,
    readings.map((values, i) => ({ timeSeconds: START + 10 * (i + 1), readings: values })),
  );
  return bytes;
}

export interface Question {
  readonly function: "AVERAGE" | "MIN" | "MAX" | "LAST";
  readonly start: number;
  readonly end: number;
  readonly resolution?: number;
}

export async function fetchText(bytes: Uint8Array, question: Question): Promise<string> {
  const { header, readRows } = rrdOfBytes(bytes, "x.rrd");
  const { function: name, start: startSeconds, end: endSeconds, resolution: resolutionSeconds = 1 } = question;
  const plan = planFetch(header, { function: name, startSeconds, endSeconds, resolutionSeconds });
  return [...formatFetch(header, plan, await readRows(plan))].join("");
}

/** Info and dump. */
export async function everything(bytes: Uint8Array): Promise<string> {
  const file = rrdOfBytes(bytes, "x.rrd");
  return formatInfo(rrdInfo(file.header, file.headerBytes)) + [...dumpRrd(await loadWhole(file))].join("");
}
