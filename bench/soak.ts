/**
 * Ten minutes of lines at an even pace, each of them a new point: what the process holds in memory, second by second. Flat
 * means: the line through the samples, the first minute left out, rises by no more than a hundredth of their mean a minute.
 */
import { setTimeout } from "node:timers/promises";
import { currentSlotSeconds } from "./load.ts";
import { type Ours, withOurs } from "./peers.ts";
import { cpuSeconds, memoryBytes } from "./process.ts";
import { attempt, type BenchRow, type BenchSize, megabytes } from "./row.ts";
import { type Traffic, withTraffic } from "./traffic.ts";
import { verify } from "./verify.ts";

const SIZES = {
  small: { series: 500, linesPerSecond: 20_000, seconds: 3, skipSeconds: 0 },
  full: { series: 10_000, linesPerSecond: 200_000, seconds: 600, skipSeconds: 60 },
} as const;
const VARIANTS = 60;
/** A share of the mean a minute. */
const FLAT = 0.01;

export function benchSoak(size: BenchSize): Promise<BenchRow[]> {
  const { series } = SIZES[size];
  const load = { prefix: "connect.prod", series, variants: VARIANTS };
  return attempt("soak", () =>
    withTraffic(load, (traffic) =>
      withOurs((ours) => measure({ load, ...SIZES[size] }, traffic, ours, size === "full")),
    ),
  );
}

type Soak = (typeof SIZES)[BenchSize] & { readonly load: { prefix: string; series: number; variants: number } };

async function measure(soak: Soak, traffic: Traffic, ours: Ours, judged: boolean): Promise<BenchRow[]> {
  const { load, series, linesPerSecond, seconds, skipSeconds } = soak;
  const slots = Math.ceil((seconds * linesPerSecond) / series);
  const endSeconds = currentSlotSeconds();
  const { pid } = ours.program;
  const cpuBefore = cpuSeconds(pid);
  const sampling = new AbortController();
  const sampled = sampleMemory(pid, sampling.signal);
  const order = { port: ours.linePort, slots, stamps: "in order", endSeconds, linesPerSecond } as const;
  const sent = await traffic.send({ ...order, receipts: "at the end" }).finally(() => sampling.abort());
  const samples = (await sampled).slice(skipSeconds);
  const cores = (cpuSeconds(pid) - cpuBefore) / (sent.ms / 1000);
  const compared = await verify(ours.url, { load, slots, stamps: "in order", endSeconds }, judged ? 1 : undefined);
  const mean = samples.reduce((sum, bytes) => sum + bytes, 0) / samples.length;
  const slope = slopePerMinute(samples);
  const rate = `${Math.round((sent.lines * 1000) / sent.ms).toLocaleString("en-US")} lines/s for ${(sent.ms / 1000).toFixed(0)} s`;
  return [
    {
      name: `${rate} to ${series.toLocaleString("en-US")} series: growth of resident memory a minute`,
      ours: `${(slope / 1e6).toFixed(2)} MB`,
      peer: "",
      ratio: "",
      note: `mean ${megabytes(mean)}, from ${megabytes(Math.min(...samples))} to ${megabytes(Math.max(...samples))}, ${samples.length} samples; ${(100 * cores).toFixed(0)} % of a core; ${compared}`,
      ...(judged ? { target: { want: "flat: ≤ 1 % a minute", met: slope <= FLAT * mean } } : {}),
    },
  ];
}

/** One a second until the signal. */
async function sampleMemory(pid: number, signal: AbortSignal): Promise<number[]> {
  const samples: number[] = [];
  do samples.push(memoryBytes(pid, "VmRSS"));
  while (await setTimeout(1_000, true, { signal }).catch(() => false));
  return samples;
}

/** Of the line of least squares through samples that are a second apart. */
function slopePerMinute(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((sum, bytes) => sum + bytes, 0) / samples.length;
  const products = samples.reduce((sum, bytes, i) => sum + (i - middle) * (bytes - mean), 0);
  const squares = samples.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return squares === 0 ? 0 : (60 * products) / squares;
}
