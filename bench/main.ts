/**
 * `npm run bench [-- NAME]`: measures, beside real peers in the same run, and prints what docs/benchmarks.md holds.
 *
 *   node .build/bench/main.js [--small] [--write] [NAME]
 *
 * `--small` only shows that everything can be measured (npm test); `--write` puts the report into docs/benchmarks.md.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { benchExposition } from "./exposition.ts";
import { benchQuery } from "./query.ts";
import type { BenchRow } from "./row.ts";
import { benchRrd } from "./rrd.ts";
import { benchRules } from "./rules.ts";

const BENCHES: Readonly<Record<string, { title: string; run(size: "small" | "full"): Promise<BenchRow[]> }>> = {
  exposition: { title: "Reading a page of metrics", run: benchExposition },
  query: { title: "Graphite functions, beside graphite-web", run: benchQuery },
  rrd: { title: "Reading RRD files, beside rrdtool", run: benchRrd },
  rules: { title: "Rules over names, beside none", run: benchRules },
};

const words = process.argv.slice(2);
const size = words.includes("--small") ? "small" : "full";
const only = words.find((word) => !word.startsWith("--"));
const chosen = Object.entries(BENCHES).filter(([name]) => only === undefined || name.includes(only));

const sections: string[] = [];
for (const [, { title, run }] of chosen) {
  const section = `## ${title}\n\n${table(await run(size))}`;
  console.log(`\n${section}`);
  sections.push(section);
}
if (words.includes("--write")) writeFileSync("docs/benchmarks.md", `${introduction()}\n\n${sections.join("\n\n")}\n`);

function introduction(): string {
  const day = new Date().toISOString().slice(0, 10);
  return `# Benchmarks

Written by \`npm run bench -- --write\` on ${day}: Node.js ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}. Machines are noisy
and differ; what counts is the ratio to the peer, which was measured in the same run. A ratio above 1 means that ours is
quicker.`;
}

function table(rows: readonly BenchRow[]): string {
  const lines = rows.map(({ name, ours, peer, ratio, note }) => `| ${[name, ours, peer, ratio, note].join(" | ")} |`);
  return ["| what | ours | peer | ratio | note |", "| --- | ---: | ---: | ---: | --- |", ...lines].join("\n");
}
