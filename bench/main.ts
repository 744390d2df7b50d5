/**
 * `npm run bench [-- NAME]`: measures, beside real peers in the same run, and prints what the reports hold.
 *
 *   node .build/bench/main.js [--small] [--write] [NAME]
 *
 * `--small` only shows that everything can be measured, and that what was sent is there (npm test); `--write` puts what was
 * measured into docs/benchmarks.md and bench/report.md. The soak runs when it is named, and in its small size.
 */
import { benchExposition } from "./exposition.ts";
import { benchFind } from "./find.ts";
import { benchIngest } from "./ingest.ts";
import { benchQuery } from "./query.ts";
import { benchRecovery } from "./recovery.ts";
import { formatSection, writeReport } from "./report.ts";
import type { BenchRow, BenchSize } from "./row.ts";
import { benchRrd } from "./rrd.ts";
import { benchRules } from "./rules.ts";
import { benchShapes } from "./shapes.ts";
import { benchSoak } from "./soak.ts";
import { benchStalls } from "./stalls.ts";

interface Bench {
  readonly title: string;
  readonly about?: string;
  readonly report: keyof typeof REPORTS;
  run(size: BenchSize): Promise<BenchRow[]>;
}

const REPORTS = {
  "docs/benchmarks.md": `# Benchmarks

Written by \`npm run bench -- --write\`. Machines are noisy and differ; what counts is the ratio to the peer, which was measured
in the same run. A ratio above 1 means that ours is quicker. The store and its receivers have a report of their own:
[bench/report.md](../bench/report.md).`,
  "bench/report.md": `# The store and its receivers, measured

Written by \`npm run bench -- ingest --write\` and \`npm run bench -- soak --write\`. Our built program and each peer (Debian's
victoria-metrics and graphite-carbon, and a sink that only counts lines) run as processes of their own on the loopback, one
after the other, and are sent the same bytes by the same process. A ratio above 1 means that ours is better. The reference mix,
by series: 25 % counters, 25 % walks of two decimals, 15 % noise of three decimals, 15 % small integers, 10 % constants, 10 % full
doubles; names of 37 bytes or so. Sender and measured process share the machine, so what is said per second of
processor time is less noisy than what is said per second. Targets are those of an idle machine.`,
} as const;

const BENCHES: Readonly<Record<string, Bench>> = {
  exposition: { title: "Reading a page of metrics", report: "docs/benchmarks.md", run: benchExposition },
  query: { title: "Graphite functions, beside graphite-web", report: "docs/benchmarks.md", run: benchQuery },
  rrd: { title: "Reading RRD files, beside rrdtool", report: "docs/benchmarks.md", run: benchRrd },
  rules: { title: "Rules over names, beside none", report: "docs/benchmarks.md", run: benchRules },
  ingest: {
    title: "Ingest",
    about: `Each was sent 400,000 lines of other series first, so that its code and files are warm. Time runs from the first byte until all is on disk: ours said so by a receipt; VictoriaMetrics counted all rows and was told to flush;
carbon-cache has all points in its files. Processor time is that of the process with all its threads up to then. "With all that
follows" is, for ours, a restart that replays the log, writes out late points and merges; for VictoriaMetrics a forced merge. Bytes on disk
are those of ours after a stop, and a start with a clock so far ahead that all windows and days are over; of VictoriaMetrics after a
forced merge. VictoriaMetrics and carbon-cache keep the samples alone; ours has tiers of a minute and of ten beside them.
VictoriaMetrics rounds what has all digits of a double (here, 8,629 of 8,640 such values came back changed); ours and carbon-cache keep it.`,
    report: "bench/report.md",
    run: benchIngest,
  },
  "ingest-shapes": { title: "Queries over HTTP", report: "bench/report.md", run: benchShapes },
  "ingest-find": { title: "Finding names", report: "bench/report.md", run: benchFind },
  "ingest-recovery": { title: "After kill -9", report: "bench/report.md", run: benchRecovery },
  "ingest-stalls": {
    title: "Stalls and memory at an even pace",
    about: `By \`monitorEventLoopDelay\` with a resolution of 1 ms on the main thread, after three seconds in which all names became known.
An idle loop shows about 1.1 ms.`,
    report: "bench/report.md",
    run: benchStalls,
  },
  soak: { title: "Soak", report: "bench/report.md", run: benchSoak },
};

const words = process.argv.slice(2);
const size = words.includes("--small") ? "small" : "full";
const only = words.find((word) => !word.startsWith("--"));
const chosen = Object.entries(BENCHES).filter(([name]) =>
  only === undefined ? size === "small" || name !== "soak" : name.includes(only),
);
if (chosen.length === 0) {
  console.error(`lockstep: no benchmark is named ${only}; there are ${Object.keys(BENCHES).join(", ")}`);
  process.exit(1);
}

const written: Record<keyof typeof REPORTS, string[]> = { "docs/benchmarks.md": [], "bench/report.md": [] };
for (const [, bench] of chosen) {
  const rows = await bench.run(size);
  const section = formatSection({ ...bench, rows });
  console.log(`\n${section}`);
  written[bench.report].push(section);
  if (rows.some(({ failed }) => failed)) process.exitCode = 1;
}
if (words.includes("--write")) {
  for (const path of Object.keys(REPORTS) as (keyof typeof REPORTS)[]) {
    const titles = Object.values(BENCHES).map(({ title }) => title);
    if (written[path].length > 0) writeReport(path, REPORTS[path], titles, written[path]);
  }
}
