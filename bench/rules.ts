/**
 * What rules over names cost: the same lines through the parser and the rules, up to the hand-over to the store, with
 * no rules at all as the peer.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineParser } from "#src/carbon/line.ts";
import { silentLog } from "#src/core/log.ts";
import { NameTable } from "#src/core/name-table.ts";
import { realWorld } from "#src/core/real/world.ts";
import type { SeriesStore } from "#src/core/series-store.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { Intake } from "#src/receivers/intake.ts";
import { rulesOptions } from "#src/receivers/rules/options.ts";
import { openRules } from "#src/receivers/rules/rules.ts";
import type { BenchRow } from "./row.ts";

const SIZES = { small: { series: 100, rounds: 2, runs: 1 }, full: { series: 10_000, rounds: 50, runs: 7 } } as const;
const CHUNK_BYTES = 64 * 1024;
const SECONDS = 1_800_000_000;

type Texts = Readonly<Record<string, string>>;

const CASES: readonly (readonly [name: string, texts: Texts, note: string])[] = [
  ["no rules, measured twice", {}, "what the machine's noise makes of 1.00×"],
  [
    "rules that match none of the names",
    {
      "blacklist.conf": "^noisy\\.\n\\.\\.\n",
      "whitelist.conf": "^site\\.\n",
      "rewrite-rules.conf": "[pre]\n^collectd\\. = hosts.\n",
      "aggregation-rules.conf": "all (60) = sum other.*.cpu\n",
    },
    "two lists, a rewrite, an aggregation",
  ],
  [
    "rules that match one name in a hundred",
    { "aggregation-rules.conf": "all (60) = sum site.n*7.m42\n" },
    "aggregated",
  ],
  ["every name rewritten", { "rewrite-rules.conf": "[pre]\n^site\\. = place.\n" }, ""],
  ["every second line refused", { "blacklist.conf": "\\.m\\d*[13579]$\n" }, "refused lines count as lines"],
  [
    "every line aggregated, and stored",
    { "aggregation-rules.conf": "all.<metric> (60) = sum site.*.<metric>\n" },
    "one aggregate of 100 series each",
  ],
];

export async function benchRules(size: "small" | "full"): Promise<BenchRow[]> {
  const { series, rounds, runs } = SIZES[size];
  const directory = mkdtempSync(join(tmpdir(), "lockstep-bench-"));
  const bytes = linesOf(series);
  const rows: BenchRow[] = [];
  try {
    for (const [index, [name, texts, note]] of CASES.entries()) {
      const place = join(directory, String(index));
      mkdirSync(place);
      for (const [file, text] of Object.entries(texts)) writeFileSync(join(place, file), text);
      const peer = await openReceiver(undefined);
      const ours = await openReceiver(Object.keys(texts).length === 0 ? undefined : place);
      let best = Number.POSITIVE_INFINITY;
      let bestPeer = Number.POSITIVE_INFINITY;
      for (let run = 0; run < runs; run++) {
        bestPeer = Math.min(
          bestPeer,
          cpuMs(() => peer.feed(bytes, rounds)),
        );
        best = Math.min(
          best,
          cpuMs(() => ours.feed(bytes, rounds)),
        );
      }
      await ours.close();
      await peer.close();
      const speed = (ms: number): string => `${((series * rounds) / ms / 1000).toFixed(1)} M lines/s`;
      rows.push({ name, ours: speed(best), peer: speed(bestPeer), ratio: `${(bestPeer / best).toFixed(2)}×`, note });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return rows;
}

function linesOf(series: number): Uint8Array {
  const lines = Array.from(
    { length: series },
    (_, i) => `site.n${Math.floor(i / 100)}.m${i % 100} ${i / 8} ${SECONDS}\n`,
  );
  return new TextEncoder().encode(lines.join(""));
}

interface Receiver {
  feed(bytes: Uint8Array, rounds: number): void;
  close(): Promise<void>;
}

/** With a store that only knows names. */
async function openReceiver(directory: string | undefined): Promise<Receiver> {
  const names = new NameTable(1);
  const store = {
    names,
    resolve: (name: string) => {
      const known = names.idOfName(name);
      return known >= 0 ? known : names.addSeries(name);
    },
    append: () => undefined,
  } as unknown as SeriesStore;
  const real = realWorld();
  // The lines' minute stands still, so that every run meets the same open interval.
  const world = { ...real, clock: { ...real.clock, wallMs: () => SECONDS * 1000 } };
  const metrics = createMetrics();
  const settings = rulesOptions.parse(directory === undefined ? {} : { directory });
  const keeper = { take: () => Promise.resolve(undefined), save: () => Promise.resolve() };
  const rules = await openRules({ world, log: silentLog, metrics, store, settings, keeper });
  const intake = new Intake({
    world,
    log: silentLog,
    metrics,
    store,
    newSeriesPerSecond: 1e9,
    rules,
    onSamples: () => undefined,
  });
  const sink = intake.sender("line_tcp", { host: "127.0.0.1", port: 1 });
  const parser = new LineParser(names, sink, () => SECONDS);
  return {
    feed(bytes, rounds) {
      for (let round = 0; round < rounds; round++) {
        for (let at = 0; at < bytes.length; at += CHUNK_BYTES) parser.feed(bytes.subarray(at, at + CHUNK_BYTES));
      }
    },
    close: async () => rules?.close(),
  };
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
