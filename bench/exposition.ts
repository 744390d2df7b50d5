/**
 * How fast a page of metrics is read: ours beside the shortest thing that works, a regular expression per line that knows
 * no families, no escapes and no bad lines. `npx tsc -b bench && node .build/bench/exposition.js`
 */
import { parseNumber } from "#src/exposition/number.ts";
import { parsePage } from "#src/exposition/page.ts";

/** Like Connect's: histograms and counters by route. */
function connectLikePage(routes: number): string {
  const bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
  let durations = "# TYPE connect_http_request_duration_seconds histogram\n";
  let requests = "# TYPE connect_http_request_count counter\n";
  for (let route = 0; route < routes; route++) {
    const label = `route="/content/${route}/api/v1"`;
    bounds.forEach((le, i) => {
      durations += `connect_http_request_duration_seconds_bucket{${label},le="${le}"} ${(i + 1) * (route + 7919)}\n`;
    });
    durations += `connect_http_request_duration_seconds_sum{${label}} ${route * 1234.5678}\n`;
    durations += `connect_http_request_duration_seconds_count{${label}} ${12 * (route + 7919)}\n`;
    for (const code of ["200", "302", "404", "500"]) {
      requests += `connect_http_request_count{code="${code}",method="GET",${label}} ${route * 104_729}\n`;
    }
  }
  return durations + requests;
}

/** Like node_exporter's: a help, a type and one or two samples, hundreds of times. */
function hostLikePage(families: number): string {
  let page = "";
  for (let i = 0; i < families; i++) {
    const name = `node_subsystem_of_the_kernel_${i}_bytes`;
    page += `# HELP ${name} A sentence of the usual length about what is counted here.\n# TYPE ${name} gauge\n`;
    page += `${name}{device="eth0"} ${i * 65_537}\n${name}{device="eth1"} ${i / 3}\n`;
  }
  return page;
}

function splitByRegularExpressions(page: string): number {
  let count = 0;
  for (const line of page.split("\n")) {
    if (line === "" || line[0] === "#") continue;
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match === null) continue;
    const labels: Record<string, string> = {};
    for (const [, name, value] of match[2]?.matchAll(/(\w+)="((?:\\.|[^"\\])*)"/g) ?? []) labels[name!] = value!;
    if (!Number.isNaN(Number(match[3]))) count++;
  }
  return count;
}

/** The least processor time of ten runs of at least 100 ms each, per call, in milliseconds. */
function cpuMs(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    let calls = 0;
    let usedMs = 0;
    for (const before = process.cpuUsage(); usedMs < 100; calls++) {
      run();
      const { user, system } = process.cpuUsage(before);
      usedMs = (user + system) / 1000;
    }
    best = Math.min(best, usedMs / calls);
  }
  return best;
}

for (const [what, page] of [
  ["Connect-like, 400 routes", connectLikePage(400)],
  ["host-like, 300 families", hostLikePage(300)],
] as const) {
  const bytes = new TextEncoder().encode(page);
  const { sampleCount } = parsePage(bytes);
  console.log(`${what}: ${bytes.length} bytes, ${sampleCount} samples`);
  for (const [who, run] of [
    ["parsePage", () => parsePage(bytes)],
    ["regular expressions", () => splitByRegularExpressions(page)],
  ] as const) {
    const ms = cpuMs(run);
    const mbPerSecond = (bytes.length / ms / 1000).toFixed(0);
    const samplesPerSecond = (sampleCount / ms / 1000).toFixed(2);
    console.log(`  ${who.padEnd(20)} ${ms.toFixed(3)} ms  ${mbPerSecond} MB/s  ${samplesPerSecond} M samples/s`);
  }
}

const counts = Array.from({ length: 1000 }, (_, i) => String(i * i * 7919));
const fractions = Array.from({ length: 1000 }, (_, i) => String(Math.sin(i) * 1e4));
for (const [what, texts] of [
  ["whole numbers (fast path)", counts],
  ["fractions", fractions],
] as const) {
  const ns = cpuMs(() => texts.reduce((sum, text) => sum + parseNumber(text)!, 0)) * 1e3;
  console.log(`parseNumber, ${what}: ${ns.toFixed(0)} ns each`);
}
