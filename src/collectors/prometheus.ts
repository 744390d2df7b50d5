/**
 * Reads pages of metrics over HTTP: Posit Connect's in both of its dialects, and any other.
 *
 * Of Connect's page, what the dictionary knows (connect/prometheus-names.ts) goes into our own tree, whatever the dialect:
 * `queue.default.size`. The rest passes through under `prom.raw.`, so that nothing a node exposes is lost. The samples of a
 * generic target go under `prom.<target>.`. Both of the latter are named by metric and labels, reversibly:
 * `prom.node.node_cpu_seconds_total.cpu.0.mode.idle` (exposition/series-path.ts). Counters are sent as they count.
 */
import { z } from "zod";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Subject } from "../core/subject.ts";
import { type Collector, type CollectorContext, collectorModule, type Emit, schedule } from "./collector.ts";
import { Target } from "./prometheus/target.ts";

const target = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/, "a target's name is made of small letters, digits, _ and -, such as node")
    .describe("The node of its series: `scrape.prometheus.<name>.up`, and `prom.<name>.…` for a generic target."),
  url: z
    .string()
    .refine(isPlainUrl, "the address of a page is like http://127.0.0.1:3232/metrics, without user or password")
    .describe("The address of the page. Redirects are not followed."),
  dialect: z
    .enum(["connect", "generic"])
    .default("generic")
    .describe("`connect` for the one page that is Posit Connect's, `generic` for any other."),
  raw: z
    .enum(["unknown", "all"])
    .default("unknown")
    .describe("Which of Connect's samples are also sent under `prom.raw.`: those without a place of ours, or all."),
  bearerTokenFile: z
    .string()
    .min(1)
    .optional()
    .describe("A file with a token that is sent as `Authorization: Bearer …`; it is read again for every scrape."),
});

const options = z.strictObject({
  ...schedule("10s", "5s"),
  targets: z
    .array(target)
    .min(1)
    .max(LIMITS.scrapeTargets)
    .default([{ name: "connect", url: "http://127.0.0.1:3232/metrics", dialect: "connect", raw: "unknown" }])
    .superRefine((targets, context) => {
      const names = targets.map(({ name }) => name);
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      const connects = targets.filter(({ dialect }) => dialect === "connect").length;
      if (twice !== undefined) context.addIssue(`two targets are named ${twice}, and would write into each other`);
      if (names.includes("raw")) context.addIssue("no target is named raw: prom.raw. is the place of Connect's own");
      if (connects > 1) context.addIssue("only one target has the dialect connect: a node has one Connect");
    })
    .describe("The pages to read. Giving this list replaces the default, which is Connect's page."),
  maxSeries: z
    .int()
    .min(1)
    .max(LIMITS.expositionSamples)
    .default(10_000)
    .describe("Series of one page that are sent; further ones are dropped and counted."),
});

function isPlainUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** How much of the deadline a target may take; the rest is for saying that it was too slow. */
const TARGET_SHARE = 0.9;

export const prometheusCollector = collectorModule({
  name: "prometheus",
  summary: "Reads pages of metrics in Prometheus' and OpenMetrics' text formats: Connect's own, and any others.",
  options,
  create: createPrometheusCollector,
});

function createPrometheusCollector(context: CollectorContext, settings: z.output<typeof options>): Collector {
  const dropped = context.metrics.counter(
    "lockstep_prometheus_dropped_total",
    "What was on a scraped page and was not sent: bad lines, families with one, duplicates, series over the limit.",
    ["target", "reason"],
  );
  const targets = settings.targets.map((entry) => new Target(entry, context, settings.maxSeries, dropped));
  return {
    /** A target that fails has its own `up`; the collection fails when none of them answered. */
    async collect(emit: Emit): Promise<void> {
      const scrapes = targets.map((one) => one.scrape(emit, settings.deadline * TARGET_SHARE));
      const outcomes = await Promise.allSettled(scrapes);
      const failures = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason);
      if (failures.length === outcomes.length) throw failures[0];
      for (const failure of failures) context.log.limited("warn", errorText(failure), errorText(failure));
    },
  };
}

/** What each target says of its own scrapes. */
export const PROMETHEUS_SUBJECTS: readonly Subject[] = [
  {
    path: "scrape.prometheus.<target>.up",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "",
    meaning: "1 when the last scrape of the target brought a page, else 0",
  },
  {
    path: "scrape.prometheus.<target>.duration_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "How long the scrape took, reading and sending on included",
  },
  {
    path: "scrape.prometheus.<target>.samples",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "",
    meaning: "Samples on the page",
  },
];
