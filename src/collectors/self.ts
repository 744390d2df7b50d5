/**
 * The sidecar itself: what it costs the node, and how its data fare on the way out. A pipeline that loses points has to
 * say so through another path than the one that loses them; these are also on our own /metrics page.
 */
import { z } from "zod";
import type { NamedReading } from "../core/metrics.ts";
import type { Subject } from "../core/subject.ts";
import { collectorModule, type Emit, schedule } from "./collector.ts";

/** Own metrics that are sent, each summed over its labels, under `sidecar.<leaf>`; one that does not exist is not. */
const READINGS: readonly (readonly [metric: string, leaf: string, kind: Subject["kind"], meaning: string])[] = [
  ["lockstep_carbon_queued_points", "queued_points", "gauge", "Points waiting to be sent, in memory and in the spool"],
  ["lockstep_carbon_sent_points_total", "sent_points_total", "counter", "Points sent"],
  ["lockstep_carbon_dropped_points_total", "dropped_points_total", "counter", "Points given up"],
  [
    "lockstep_collector_rejected_total",
    "rejected_measurements_total",
    "counter",
    "Measurements of the collectors that could not be sent",
  ],
  [
    "lockstep_collector_skipped_total",
    "skipped_collections_total",
    "counter",
    "Collections that did not take place when they were due",
  ],
  [
    "lockstep_prometheus_dropped_total",
    "dropped_samples_total",
    "counter",
    "Lines and samples of scraped pages that were not sent",
  ],
];

export const selfCollector = collectorModule({
  name: "self",
  summary: "Sends what the sidecar itself uses (memory, processor time) and the counters of its queue and losses.",
  options: z.strictObject(schedule("10s", "5s")),
  create({ world, metrics, names }) {
    const startedMs = world.clock.monotonicMs();
    return {
      async collect(emit: Emit): Promise<void> {
        const say = (leaf: string, value: number) => emit({ name: names.ofNode(`sidecar.${leaf}`), value });
        const { residentBytes, cpuSeconds } = world.host.usage();
        say("resident_bytes", residentBytes);
        say("cpu_seconds_total", cpuSeconds);
        say("uptime_seconds", (world.clock.monotonicMs() - startedMs) / 1000);
        const sums = sumsByName(await metrics.readings());
        for (const [metric, leaf] of READINGS) {
          const sum = sums.get(metric);
          if (sum !== undefined) say(leaf, sum);
        }
      },
    };
  },
});

function sumsByName(readings: readonly NamedReading[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { name, value } of readings) sums.set(name, (sums.get(name) ?? 0) + value);
  return sums;
}

const ONE: Pick<Subject, "scope" | "class"> = { scope: "node", class: "sum" };

export const SELF_SUBJECTS: readonly Subject[] = [
  { ...ONE, path: "sidecar.resident_bytes", kind: "gauge", unit: "bytes", meaning: "Memory resident" },
  { ...ONE, path: "sidecar.cpu_seconds_total", kind: "counter", unit: "seconds", meaning: "Processor time used" },
  {
    scope: "node",
    class: "node",
    path: "sidecar.uptime_seconds",
    kind: "gauge",
    unit: "seconds",
    meaning: "Time since the collector was made; a fall says that the sidecar restarted",
  },
  ...READINGS.map(([, leaf, kind, meaning]): Subject => ({ ...ONE, path: `sidecar.${leaf}`, kind, unit: "", meaning })),
];
