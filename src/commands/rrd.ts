/** `lockstep rrd info | fetch | dump`: looks into an RRD file without rrdtool, and prints what rrdtool would. */
import { LockstepError } from "../core/errors.ts";
import { parseResolution, parseTimeRange } from "../rrd/at-time.ts";
import { dumpRrd, loadWhole } from "../rrd/dump.ts";
import { planFetch, type RowPlan } from "../rrd/fetch.ts";
import { CONSOLIDATION_FUNCTIONS, type ConsolidationFunction, type RrdHeader } from "../rrd/header.ts";
import { formatInfo, type InfoEntry, rrdInfo } from "../rrd/info.ts";
import { readRrd } from "../rrd/read.ts";
import { decodeRows, eachRow, formatFetch } from "../rrd/rows.ts";
import type { Command, CommandContext } from "./command.ts";

const JSON_FLAG = { json: { help: "As JSON." } };

export const rrdInfoCommand: Command = {
  name: "rrd info",
  summary: "Says what an RRD file is made of and how far it has got.",
  arguments: "FILE",
  help: "Prints what `rrdtool info` does. Archives of forecasting functions (Holt-Winters) are shown, but not calculated.",
  flags: JSON_FLAG,
  async run(context) {
    const path = fileOf(context, 1);
    const entries = await readRrd(context.world, path, async ({ header, headerBytes }) => rrdInfo(header, headerBytes));
    context.print(context.flags.has("json") ? `${JSON.stringify(plainInfo(entries), null, 2)}\n` : formatInfo(entries));
    return 0;
  },
};

export const rrdFetch: Command = {
  name: "rrd fetch",
  summary: "Prints the rows of an RRD file for a span of time.",
  arguments: "FILE [CF]",
  help: `
Prints what \`rrdtool fetch\` does: the rows of the archive that fits best. A row stands for the span that ends at its time.
CF is AVERAGE, MIN, MAX, LAST, or a forecasting function; AVERAGE unless said otherwise.

Times are as rrdtool takes them, in local time: now-1h, end-2d, noon yesterday, 17:30 20260302, 12/24/2026, 24.12.2026,
5pm tomorrow, or seconds since 1970. Its word epoch is not taken. Flags that begin with - are given as --start=-1h.

  lockstep rrd fetch system.load.rrd --start end-2h --resolution 5m
`,
  flags: {
    cf: { help: "The consolidation function, if not given after the file.", value: "CF" },
    start: { help: "Rows after this time. Default: end-24h.", value: "TIME" },
    end: { help: "Rows up to this time. Default: now.", value: "TIME" },
    resolution: { help: "The length of a row that is wished for: 300, 5m, 1h. Default: 1.", value: "SECONDS" },
    "align-start": { help: "Moves start and end to a multiple of the resolution." },
    ...JSON_FLAG,
  },
  async run(context) {
    const path = fileOf(context, 2);
    const request = fetchRequest(context);
    const pieces = await readRrd(context.world, path, async ({ header, readRows }) => {
      const plan = planFetch(header, request);
      const bytes = await readRows(plan);
      return context.flags.has("json") ? [fetchJson(header, plan, bytes)] : formatFetch(header, plan, bytes);
    });
    for (const piece of pieces) context.print(piece);
    return 0;
  },
};

export const rrdDump: Command = {
  name: "rrd dump",
  summary: "Prints a whole RRD file as XML.",
  arguments: "FILE",
  help: "Prints what `rrdtool dump` does, with times in UTC: `rrdtool restore` makes a file of it again.",
  flags: {},
  async run(context) {
    const path = fileOf(context, 1);
    for (const piece of dumpRrd(await readRrd(context.world, path, loadWhole))) context.print(piece);
    return 0;
  },
};

function fileOf({ positional }: CommandContext, most: number): string {
  const [path] = positional;
  if (path === undefined) throw usage("the name of an RRD file is missing");
  if (positional.length > most) throw usage(`"${positional[most]}" is one word too many`);
  return path;
}

function fetchRequest({ flags, positional, world }: CommandContext) {
  const nowSeconds = Math.floor(world.clock.wallMs() / 1000);
  const range = parseTimeRange(flags.get("start") ?? "end-24h", flags.get("end") ?? "now", nowSeconds);
  const resolutionSeconds = parseResolution(flags.get("resolution") ?? "1");
  const shift = flags.has("align-start") ? range.startSeconds % resolutionSeconds : 0;
  return {
    function: consolidationFunction(flags.get("cf") ?? positional[1] ?? "AVERAGE"),
    startSeconds: range.startSeconds - shift,
    endSeconds: range.endSeconds - shift,
    resolutionSeconds,
  };
}

function consolidationFunction(text: string): ConsolidationFunction {
  const found = CONSOLIDATION_FUNCTIONS.find((name) => name === text);
  if (found === undefined) throw usage(`"${text}" is none of ${CONSOLIDATION_FUNCTIONS.join(", ")}`);
  return found;
}

function usage(message: string): LockstepError {
  return new LockstepError("USAGE", message);
}

/** Unknown values are null, and so is an infinity, which JSON has not. */
function plainInfo(entries: readonly InfoEntry[]): Record<string, string | number | null> {
  const plain = ({ value }: InfoEntry) => {
    if (typeof value === "string") return value;
    const number = typeof value === "bigint" ? Number(value) : value.double;
    return Number.isFinite(number) ? number : null;
  };
  return Object.fromEntries(entries.map((entry) => [entry.key, plain(entry)]));
}

function fetchJson(header: RrdHeader, plan: RowPlan, bytes: Uint8Array): string {
  const rows = [...eachRow(header, plan, bytes)].map((row) => [
    row.endSeconds,
    ...(row.bytes === undefined ? header.dataSources.map(() => Number.NaN) : decodeRows(header, row.bytes)),
  ]);
  const names = header.dataSources.map(({ name }) => name);
  return `${JSON.stringify({ stepSeconds: plan.archive.rowSeconds, dataSources: names, rows })}\n`;
}
