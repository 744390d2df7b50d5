/**
 * Lines from TCP to disk: our program beside VictoriaMetrics, carbon-cache and a sink, each sent the same bytes by the same
 * process. Time runs from the first byte until all is on disk: ours says so by a receipt, VictoriaMetrics has all rows and
 * flushed, carbon-cache has them in its files. Processor time is that of the whole process with all its threads. Each is sent
 * lines of other series first: what is measured is a process that has run for a while.
 */
import { currentSlotSeconds, type Load, STEP_SECONDS, type Stamps } from "./load.ts";
import { Missing, type Peer, type WithPeer, withCarbon, withOurs, withSink, withVictoria } from "./peers.ts";
import { cpuSeconds, memoryBytes } from "./process.ts";
import { attempt, type BenchRow, type BenchSize, megabytes, million, notMeasured, ratio, type Target } from "./row.ts";
import { type Traffic, withTraffic } from "./traffic.ts";
import { verify } from "./verify.ts";

interface Case {
  readonly name: string;
  readonly load: Load;
  readonly slots: number;
  readonly stamps: Exclude<Stamps, "by the clock">;
  readonly peers: Readonly<Record<string, WithPeer>>;
  /** Its names were sent once before. */
  readonly known?: boolean;
  /** Nodes of which all series are compared with what was sent. */
  readonly compared: number;
  readonly quietSeconds: number;
}

interface Ingested {
  readonly linesPerSecond: number;
  readonly pointsPerCpuSecond: number;
  /** With the time in which it was brought into its final order. Of back-fills only. */
  readonly pointsPerCpuSecondInAll: number | undefined;
  readonly peakBytes: number;
  /** Of back-fills only. */
  readonly bytesPerPoint: { readonly samples: number; readonly all: number } | undefined;
  readonly note: string;
}

/** Sent before, and not measured. */
const WARM = {
  small: { load: { prefix: "connect.warm", series: 10, variants: 3 }, slots: 3 },
  full: { load: { prefix: "connect.warm", series: 1_000, variants: 30 }, slots: 400 },
} as const;

const VICTORIA = { VictoriaMetrics: withVictoria, "a sink": withSink };
const CARBON = { "carbon-cache": withCarbon };

function cases(size: BenchSize): Case[] {
  const small = size === "small";
  const compared = small ? 50 : 2;
  const quietSeconds = small ? 1.5 : 2; // upkeep goes round once a second
  const of = (series: number, slots: number, peers: Case["peers"]): Case => ({
    name: `${series.toLocaleString("en-US")} series × ${slots.toLocaleString("en-US")}, back-filled`,
    load: { prefix: "connect.prod", series, variants: slots },
    slots,
    stamps: "in order",
    peers,
    compared,
    quietSeconds,
  });
  const live = (series: number, slots: number, variants: number): Case => ({
    name: `${series.toLocaleString("en-US")} series, live (${slots} times, within the last minute)`,
    load: { prefix: "connect.prod", series, variants },
    slots,
    stamps: "last minute",
    peers: VICTORIA,
    compared,
    quietSeconds,
  });
  const known = (one: Case): Case => ({ ...one, name: `${one.name}, names known`, known: true });
  if (small) return [of(120, 40, VICTORIA), of(60, 12, CARBON), live(200, 12, 5), known(live(200, 12, 5))];
  return [
    of(10_000, 360, VICTORIA),
    of(100_000, 36, VICTORIA),
    of(1_000, 8_640, VICTORIA),
    of(1_000, 1_440, CARBON),
    live(10_000, 600, 30),
    live(1_000_000, 6, 2),
    known(live(1_000_000, 6, 2)),
  ];
}

export async function benchIngest(size: BenchSize): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const one of cases(size)) rows.push(...(await attempt(one.name, () => benchCase(one, size))));
  return rows;
}

function benchCase(one: Case, size: BenchSize): Promise<BenchRow[]> {
  const warm = one.known === true ? { load: one.load, slots: 1 } : WARM[size];
  return withTraffic(warm.load, (warming) =>
    withTraffic(one.load, async (traffic) => {
      const ingest = (peer: Peer, endSeconds: number) =>
        ingestWarm(peer, one, endSeconds, { traffic, warming, warmSlots: warm.slots });
      const ours = await withOurs(async (peer) => {
        const endSeconds = currentSlotSeconds();
        const ingested = await ingest(peer, endSeconds);
        return { ...ingested, note: await verify(peer.url, { ...one, endSeconds }, one.compared) };
      });
      const rows: BenchRow[] = [];
      for (const [name, withPeer] of Object.entries(one.peers)) {
        try {
          const theirs = await withPeer((peer) => ingest(peer, currentSlotSeconds()));
          rows.push(...rowsBeside(one, ours, name, theirs));
        } catch (error) {
          const row = { ...notMeasured(`${one.name}, ${name}`, error), failed: !(error instanceof Missing) };
          rows.push(...rowsBeside(one, ours, name, undefined), row);
        }
      }
      return size === "small" ? rows.map(withoutTarget) : rows;
    }),
  );
}

/** A small size shows that it works, and nothing about speed. */
function withoutTarget({ target: _, ...row }: BenchRow): BenchRow {
  return row;
}

interface Senders {
  readonly traffic: Traffic;
  readonly warming: Traffic;
  readonly warmSlots: number;
}

async function ingestWarm(peer: Peer, one: Case, endSeconds: number, senders: Senders): Promise<Ingested> {
  const { slots, stamps } = one;
  const order = {
    port: peer.linePort,
    stamps,
    endSeconds,
    receipts: peer.givesReceipts ? "at the end" : "none",
  } as const;
  const { lines: warmLines } = await senders.warming.send({ ...order, slots: senders.warmSlots });
  await peer.stored(warmLines);
  const cpuBefore = cpuSeconds(peer.program.pid);
  let began = 0;
  const { lines } = await senders.traffic.send({ ...order, slots }, { onBegan: () => (began = performance.now()) });
  await peer.stored(warmLines + lines);
  const seconds = (performance.now() - began) / 1000;
  const cpu = Math.max(0.01, cpuSeconds(peer.program.pid) - cpuBefore);
  const peakBytes = memoryBytes(peer.program.pid, "VmHWM");
  const backFilled = stamps === "in order" && peer.name !== "a sink";
  const tidyCpu = backFilled ? await tidy(peer, Math.max(slots, senders.warmSlots), one.quietSeconds) : undefined;
  const { sampleBytes, allBytes } = peer.disk();
  const points = warmLines + lines;
  return {
    linesPerSecond: lines / seconds,
    pointsPerCpuSecond: lines / cpu,
    pointsPerCpuSecondInAll: tidyCpu && points / (tidyCpu + cpu * (points / lines)),
    peakBytes,
    bytesPerPoint: backFilled ? { samples: sampleBytes / points, all: allBytes / points } : undefined,
    note: "",
  };
}

/** Returns the processor time that it takes. */
async function tidy(peer: Peer, slots: number, quietSeconds: number): Promise<number> {
  const { pid } = peer.program;
  const before = cpuSeconds(pid);
  await peer.tidy(slots * STEP_SECONDS, quietSeconds);
  const after = cpuSeconds(peer.program.pid);
  return peer.program.pid === pid ? after - before : after;
}

function rowsBeside(one: Case, ours: Ingested, peer: string, theirs: Ingested | undefined): BenchRow[] {
  const row = (what: string, shown: (one: Ingested) => string, better: (one: Ingested) => number, target?: Target) => ({
    name: `${one.name}: ${what}, beside ${peer}`,
    ours: shown(ours),
    peer: theirs === undefined ? "not measured" : shown(theirs),
    ratio: theirs === undefined ? "" : ratio(better(ours), better(theirs)),
    note: ours.note,
    ...(target === undefined ? {} : { target }),
  });
  const rows: BenchRow[] = [
    row(
      "lines/s",
      (of) => million(of.linesPerSecond),
      (of) => of.linesPerSecond,
      rateTarget(one, ours, peer),
    ),
    row(
      "points per second of processor time",
      (of) => million(of.pointsPerCpuSecond),
      (of) => of.pointsPerCpuSecond,
      theirs && processorTarget(peer, ours.pointsPerCpuSecond / theirs.pointsPerCpuSecond),
    ),
    row(
      "peak memory",
      (of) => megabytes(of.peakBytes),
      (of) => 1 / of.peakBytes,
    ),
  ];
  if (ours.bytesPerPoint === undefined || theirs?.bytesPerPoint === undefined) return rows;
  const bytes = (what: string, which: "samples" | "all", target?: Target) => {
    const of = (side: Ingested) => side.bytesPerPoint?.[which] ?? Number.NaN;
    return row(
      `bytes on disk per point, ${what}`,
      (side) => of(side).toFixed(2),
      (side) => 1 / of(side),
      target,
    );
  };
  rows.push(
    row(
      "points per second of processor time, with all that follows",
      (of) => million(of.pointsPerCpuSecondInAll ?? Number.NaN),
      (of) => of.pointsPerCpuSecondInAll ?? Number.NaN,
    ),
  );
  const target = diskTarget(one, peer, ours.bytesPerPoint.samples, theirs.bytesPerPoint.samples);
  rows.push(bytes("samples", "samples", target), bytes("with all tiers, logs and names", "all"));
  return rows;
}

/** Said once per load. */
function rateTarget(one: Case, ours: Ingested, peer: string): Target | undefined {
  if (peer !== "VictoriaMetrics") return undefined;
  const [least, what] = one.stamps === "in order" ? [2e6, "back-fill"] : [4e6, "from TCP to synced log"];
  if (one.load.series === 1_000_000 && one.known !== true) return undefined; // making a million names is not what is meant
  return { want: `≥ ${least / 1e6} M/s ${what}`, met: ours.linesPerSecond >= least };
}

function processorTarget(peer: string, times: number): Target | undefined {
  const least = { VictoriaMetrics: 3, "carbon-cache": 30 }[peer];
  return least === undefined ? undefined : { want: `≥ ${least} × ${peer}`, met: times >= least };
}

function diskTarget(one: Case, peer: string, ours: number, theirs: number): Target | undefined {
  if (peer !== "VictoriaMetrics") return undefined;
  // What a segment holds for each series weighs as much as the points where there are few of these.
  const enough = one.slots >= 360;
  const want = enough ? "≤ 1.5, not above VictoriaMetrics" : "not above VictoriaMetrics";
  return { want, met: ours <= theirs && (!enough || ours <= 1.5) };
}
