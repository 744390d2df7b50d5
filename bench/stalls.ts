/**
 * How late the event loop of our program runs, and how much memory it takes, while it receives at an even pace: with
 * stamps by the clock, so that a slot is written again and again, and with a new slot for each round of all series, so that
 * windows close and are written out much more often than in life.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { currentSlotSeconds, STEP_SECONDS, type Stamps } from "./load.ts";
import { type Ours, withOurs } from "./peers.ts";
import { cpuSeconds, memoryBytes, waitFor } from "./process.ts";
import { attempt, type BenchRow, type BenchSize, megabytes } from "./row.ts";
import type { Stalls } from "./stall-preload.ts";
import { type Sent, type Traffic, withTraffic } from "./traffic.ts";

interface Case {
  readonly series: number;
  readonly variants: number;
  readonly stamps: Stamps;
  readonly linesPerSecond: number;
  readonly seconds: number;
  readonly memoryMegabytes?: number;
}

const full = (series: number, stamps: Stamps, memoryMegabytes?: number): Case => ({
  series,
  variants: series > 100_000 ? 2 : 30,
  stamps,
  linesPerSecond: 1_000_000,
  seconds: 30,
  ...(memoryMegabytes === undefined ? {} : { memoryMegabytes }),
});
const CASES: Readonly<Record<BenchSize, readonly Case[]>> = {
  small: [{ series: 500, variants: 5, stamps: "by the clock", linesPerSecond: 20_000, seconds: 2 }],
  full: [
    full(10_000, "by the clock", 120),
    full(1_000_000, "by the clock", 450),
    full(10_000, "in order"),
    full(1_000_000, "in order"),
  ],
};
/** Rounds of all series before the measurement: names are new only once. */
const WARM_SECONDS = 3;
const PRELOAD = fileURLToPath(new URL("./stall-preload.js", import.meta.url));

export async function benchStalls(size: BenchSize): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const one of CASES[size]) {
    const stamps = one.stamps === "by the clock" ? "stamped by the clock" : "each round a new slot";
    const name = `${one.linesPerSecond.toLocaleString("en-US")} lines/s to ${one.series.toLocaleString("en-US")} series, ${stamps}`;
    const load = { prefix: "connect.prod", series: one.series, variants: one.variants };
    rows.push(
      ...(await attempt(name, () => withTraffic(load, (traffic) => benchCase(name, one, traffic, size === "full")))),
    );
  }
  return rows;
}

async function benchCase(name: string, one: Case, traffic: Traffic, judged: boolean): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-bench-stalls-"));
  const path = join(directory, "stalls.json");
  try {
    return await withOurs((ours) => measure(name, one, traffic, ours, path, judged), {
      preload: PRELOAD,
      env: { BENCH_STALLS: path },
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(
  name: string,
  one: Case,
  traffic: Traffic,
  ours: Ours,
  path: string,
  judged: boolean,
): Promise<BenchRow[]> {
  const { series, stamps, linesPerSecond, seconds, memoryMegabytes } = one;
  const rounds = Math.ceil((seconds * linesPerSecond) / series);
  const endSeconds = currentSlotSeconds();
  const order = { port: ours.linePort, endSeconds, linesPerSecond, receipts: "at the end" } as const;
  const warmRounds = Math.ceil((WARM_SECONDS * linesPerSecond) / series);
  const warmEnd = stamps === "in order" ? endSeconds - rounds * STEP_SECONDS : endSeconds;
  await traffic.send({ ...order, stamps: "last minute", endSeconds: warmEnd, slots: warmRounds });
  const warm = await readStalls(ours, path);
  const cpuBefore = cpuSeconds(ours.program.pid);
  const sent = await traffic.send({ ...order, stamps, slots: rounds });
  const stalls = await readStalls(ours, path);
  const { pid } = ours.program;
  const cores = (cpuSeconds(pid) - cpuBefore) / (sent.ms / 1000);
  const [resident, peak] = [memoryBytes(pid, "VmRSS"), memoryBytes(pid, "VmHWM")];
  const row = { peer: "", ratio: "" };
  const held = `${pace(sent)}, ${(100 * cores).toFixed(0)} % of a core`;
  const stallTarget = { want: "p99 ≤ 10 ms, maximum ≤ 50 ms", met: stalls.p99 <= 10 && stalls.max <= 50 };
  const fits = resident <= (memoryMegabytes ?? 0) * 1e6;
  return [
    {
      ...row,
      name: `${name}: event loop late by p50 / p99 / maximum`,
      ours: `${stalls.p50.toFixed(1)} / ${stalls.p99.toFixed(1)} / ${stalls.max.toFixed(1)} ms`,
      note: `${held}; while the names were new: p99 ${warm.p99.toFixed(1)}, maximum ${warm.max.toFixed(1)} ms`,
      ...(judged ? { target: stallTarget } : {}),
    },
    {
      ...row,
      name: `${name}: resident memory`,
      ours: megabytes(resident),
      note: `peak ${megabytes(peak)}`,
      ...(judged && memoryMegabytes !== undefined ? { target: { want: `≤ ${memoryMegabytes} MB`, met: fits } } : {}),
    },
  ];
}

function pace({ lines, ms }: Sent): string {
  return `${((lines * 1000) / ms / 1e6).toFixed(2)} M lines/s were kept up`;
}

async function readStalls(ours: Ours, path: string): Promise<Stalls> {
  rmSync(path, { force: true });
  ours.program.signal("SIGUSR2");
  return waitFor("the preload's figures", ours.program, async () => JSON.parse(readFileSync(path, "utf8")) as Stalls);
}
