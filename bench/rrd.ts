/**
 * Reading RRD files laid out as Posit Connect's, beside rrdtool: a process per file, and one process that is sent a command
 * per file. Files are in the system's cache. Ours runs in a process that is already there, as a sidecar's does; the row
 * `as a command` says what starting Node costs. Medians; ours of so many rounds that the code is as warm as that of a sidecar an hour old.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { realWorld } from "#src/core/real/world.ts";
import { type ArchiveSpec, createRrd, type RrdSpec } from "#src/rrd/create.ts";
import { planFetch } from "#src/rrd/fetch.ts";
import { readRrd } from "#src/rrd/read.ts";
import { decodeRows, formatFetch } from "#src/rrd/rows.ts";
import { updateRrd } from "#src/rrd/update.ts";
import { type Rrdtool, startRrdtool } from "../test/support/rrdtool.ts";
import type { BenchRow } from "./row.ts";

const SIZES = {
  small: { files: 2, dayRows: 30, rounds: 1 },
  full: { files: 24, dayRows: 43_200, rounds: 300 },
} as const;

const RRDTOOL = "/usr/bin/rrdtool";
const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const START = 1_700_000_040;
const STEP = 60;
/** Files that are read at a time, as the collector does it. */
const LANES = 8;
const HOUR = 3_600;
/** `xport` thins out what is more than 400 rows unless it is told otherwise. */
const MAX_ROWS = "50000";
const run = promisify(execFile);
const world = realWorld();

interface Bench {
  readonly directory: string;
  readonly files: readonly string[];
  readonly lastSeconds: number;
  readonly rounds: number;
  readonly pipe: Rrdtool | undefined;
}

export async function benchRrd(size: "small" | "full"): Promise<BenchRow[]> {
  const { files: count, dayRows, rounds } = SIZES[size];
  const directory = mkdtempSync(join(tmpdir(), "lockstep-bench-rrd-"));
  const pipe = size === "full" && existsSync(RRDTOOL) ? startRrdtool(directory) : undefined;
  try {
    const files = makeFiles(directory, count, dayRows);
    const bench = { directory, files, lastSeconds: START + dayRows * STEP, rounds, pipe };
    return [
      ...(await benchSpan(bench, "the last hour", HOUR)),
      ...(await benchSpan(bench, "all rows", dayRows * STEP)),
    ];
  } finally {
    await pipe?.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Three data sources, ten archives: as `system.memory.rrd`, but for the coarse archives where the size is small. */
function makeFiles(directory: string, count: number, dayRows: number): string[] {
  const coarse = [5, 60, 1440].flatMap((stepsPerRow, i): ArchiveSpec[] =>
    (["AVERAGE", "MIN", "MAX"] as const).map((name) => {
      const rows = Math.min(dayRows, [25_920, 8_760, 1_825][i]!);
      return { function: name, xff: 0.5, stepsPerRow, rows };
    }),
  );
  const spec: RrdSpec = {
    stepSeconds: STEP,
    startSeconds: START,
    dataSources: ["total", "available", "used"].map((name) => ({ name, type: "GAUGE", heartbeatSeconds: 300 })),
    archives: [{ function: "AVERAGE", xff: 0.5, stepsPerRow: 1, rows: dayRows }, ...coarse],
  };
  const updates = Array.from({ length: dayRows }, (_, i) => ({
    timeSeconds: START + (i + 1) * STEP,
    readings: [16e9, 1e9 * Math.abs(Math.sin(i)), 1e9 * Math.abs(Math.cos(i))],
  }));
  const bytes = createRrd(spec);
  updateRrd(bytes, updates);
  const paths = Array.from({ length: count }, (_, i) => join(directory, `system-${i}.rrd`));
  for (const path of paths) {
    writeFileSync(path, bytes);
    utimesSync(path, START, START); // nobody writes to them any more
  }
  return paths;
}

async function benchSpan(bench: Bench, what: string, spanSeconds: number): Promise<BenchRow[]> {
  const { files, lastSeconds, rounds, pipe } = bench;
  const [start, end] = [lastSeconds - spanSeconds, lastSeconds - 1];
  const rows = (spanSeconds / STEP) * files.length;
  const request = { function: "AVERAGE" as const, startSeconds: start, endSeconds: end, resolutionSeconds: 1 };
  const ours = await medianMs(rounds, async () => {
    const rest = files.values();
    const lane = async () => {
      for (const path of rest) await values(path, request);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  });
  const asText = await medianMs(Math.ceil(rounds / 60), async () => {
    for (const path of files) await text(path, request);
  });
  const rate = (ms: number) => `${perSecond(files.length, ms)} files/s, ${perSecond(rows, ms)} rows/s`;
  const row = (peer: string, mine: number, theirs: number | undefined, note: string): BenchRow => ({
    name: `RRD, ${what} (${spanSeconds / STEP} rows × 3) of ${files.length} files, beside ${peer}`,
    ours: rate(mine),
    peer: theirs === undefined ? "not measured" : rate(theirs),
    ratio: theirs === undefined ? "" : `${formatRatio(theirs / mine)}×`,
    note,
  });
  const xport = (path: string) => ["--start", `${start}`, "--end", `${end}`, "--maxrows", MAX_ROWS, ...exportsOf(path)];
  const fetch = (path: string) => [path, "AVERAGE", "--start", `${start}`, "--end", `${end}`];
  const processes = (command: string, args: (path: string) => string[]) =>
    timePeer(pipe, files, async (_, path) => run(RRDTOOL, [command, ...args(path)], { maxBuffer: 1 << 28 }));
  const piped = (command: string, args: (path: string) => string[]) =>
    timePeer(pipe, files, (rrdtool, path) => rrdtool.run([command, ...args(path)].join(" ")));
  const inProcess = "ours: values, in a process that runs already";
  const fetchProcesses = await processes("fetch", fetch);
  const fetchPiped = await piped("fetch", fetch);
  return [
    row("rrdtool fetch, a process per file", ours, fetchProcesses, inProcess),
    row("rrdtool xport, a process per file", ours, await processes("xport", xport), inProcess),
    row("rrdtool fetch, one process", ours, fetchPiped, `${inProcess}; peer: text over a pipe`),
    row("rrdtool xport, one process", ours, await piped("xport", xport), `${inProcess}; peer: text over a pipe`),
    row("rrdtool fetch, one process", asText, fetchPiped, "ours: the same text"),
    row(
      "rrdtool fetch, a process per file",
      await timeCommand(bench, start, end),
      fetchProcesses,
      "ours: as a command, `lockstep rrd fetch`, most of it the start of Node",
    ),
  ];
}

type Request = Parameters<typeof planFetch>[1];

function values(path: string, request: Request): Promise<Float64Array> {
  return readRrd(world, path, async ({ header, readRows }) =>
    decodeRows(header, await readRows(planFetch(header, request))),
  );
}

function text(path: string, request: Request): Promise<string> {
  return readRrd(world, path, async ({ header, readRows }) => {
    const plan = planFetch(header, request);
    return [...formatFetch(header, plan, await readRows(plan))].join("");
  });
}

function exportsOf(path: string): string[] {
  return ["total", "available", "used"].flatMap((name) => [
    `DEF:${name}=${path}:${name}:AVERAGE`,
    `XPORT:${name}:${name}`,
  ]);
}

async function timePeer(
  pipe: Rrdtool | undefined,
  files: readonly string[],
  ask: (rrdtool: Rrdtool, path: string) => Promise<unknown>,
): Promise<number | undefined> {
  if (pipe === undefined) return undefined;
  return medianMs(1, async () => {
    for (const path of files) await ask(pipe, path);
  });
}

/** For all files, from a few. */
async function timeCommand({ files }: Bench, start: number, end: number): Promise<number> {
  const few = files.slice(0, 5);
  const ms = await medianMs(1, async () => {
    for (const path of few) {
      const args = [PROGRAM, "rrd", "fetch", path, "--start", `${start}`, "--end", `${end}`];
      await run(process.execPath, args, { maxBuffer: 1 << 28 });
    }
  });
  return (ms * files.length) / few.length;
}

async function medianMs(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const started = world.clock.monotonicMs();
    await work();
    times.push(world.clock.monotonicMs() - started);
  }
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

function perSecond(count: number, ms: number): string {
  return Math.round((count * 1000) / ms).toLocaleString("en-US");
}

function formatRatio(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0);
}
