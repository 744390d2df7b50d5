/**
 * How fast a page of metrics is read: ours beside the shortest thing that works, a regular expression per line that knows
 * no families, no escapes and no bad lines.
 */
import { parsePage } from "#src/exposition/page.ts";
import type { BenchRow } from "./row.ts";

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

const SIZES = { small: { runs: 1, runMs: 5 }, full: { runs: 10, runMs: 100 } } as const;

export function benchExposition(size: "small" | "full"): Promise<BenchRow[]> {
  const pages = [
    ["a page like Connect's, 400 routes", connectLikePage(400)],
    ["a page like node_exporter's, 300 families", hostLikePage(300)],
  ] as const;
  const rows = pages.map(([name, page]): BenchRow => {
    const bytes = new TextEncoder().encode(page);
    const ours = cpuMs(() => parsePage(bytes), SIZES[size]);
    const peer = cpuMs(() => splitByRegularExpressions(page), SIZES[size]);
    const speed = (ms: number): string => `${(bytes.length / ms / 1000).toFixed(0)} MB/s`;
    return {
      name,
      ours: speed(ours),
      peer: speed(peer),
      ratio: `${(peer / ours).toFixed(1)}×`,
      note: `${parsePage(bytes).sampleCount} samples; per second of processor time; peer: a regular expression per line, which does less`,
    };
  });
  return Promise.resolve(rows);
}

/** The least processor time of several runs, per call, in milliseconds. */
function cpuMs(work: () => unknown, { runs, runMs }: { readonly runs: number; readonly runMs: number }): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    let calls = 0;
    let usedMs = 0;
    for (const before = process.cpuUsage(); usedMs < runMs; calls++) {
      work();
      const { user, system } = process.cpuUsage(before);
      usedMs = (user + system) / 1000;
    }
    best = Math.min(best, usedMs / calls);
  }
  return best;
}
