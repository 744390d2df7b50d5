/**
 * What Posit Connect's own metrics are called, in both dialects, and where they live in our tree.
 *
 * Since 2024.02 Connect serves `connect_*` names; since 2025.12 names derived from OpenTelemetry's, where a page writes
 * dots as underscores and may append the unit and, for counters, `_total`: `queue.items.age` → `queue_items_age_seconds`.
 * Early pages of the second dialect had no `connect_` before the name; it is optional everywhere. Where a page has both
 * names of one thing, OpenTelemetry's is taken.
 *
 * Only names are listed that Posit's documentation or public code shows, and two that every Go client has. Any other
 * passes through under `prom.raw.` (collectors/prometheus.ts).
 */
import { nameNode } from "../core/metric-name.ts";
import { type Subject, subjectLookup } from "../core/subject.ts";

export interface ConnectMetric {
  /** The name in OpenTelemetry's dialect, as Posit documents it, with dots. */
  readonly otel?: string;
  /** The unit that a page may append to OpenTelemetry's name. */
  readonly otelUnit?: string;
  /** The name in the first dialect, without `connect_`. */
  readonly classic?: string;
  /** Which label fills which placeholder of the subjects' paths. */
  readonly labels: Readonly<Record<string, LabelNode>>;
  /** Which label names the host, for subjects of that scope. */
  readonly hostLabel?: string;
  /** How rows of one page that differ in other labels become one value. */
  readonly rows: "sum" | "max";
  /**
   * Rows with fewer labels are totals of the rows with more (`content_count` without labels is all content): of several
   * that fit, those with the fewest labels count, and the others don't.
   */
  readonly totals?: true;
  readonly subjects: readonly ConnectSubject[];
}

export interface LabelNode {
  readonly label: string;
  /** The node of the path for a value of the label. */
  node(value: string): string;
}

export interface ConnectSubject extends Subject {
  /** What of the metric feeds it: its value; a histogram's or summary's count or sum; that quantile of its buckets. */
  readonly part: "value" | "count" | "sum" | number;
}

/** Counted by each Connect process for itself: nodes add up. */
const OWN = { scope: "node", class: "sum" } as const;
/** Read from the database: every node reports the same. */
const SHARED = { scope: "cluster", class: "max" } as const;
const GAUGE = { kind: "gauge", part: "value" } as const;
const COUNTER = { kind: "counter", part: "value" } as const;

export const CONNECT_METRICS: readonly ConnectMetric[] = [
  {
    classic: "content_app_sessions_current",
    labels: {},
    rows: "sum",
    subjects: [{ ...OWN, ...GAUGE, path: "shiny.sessions.active", unit: "", meaning: "Open Shiny sessions" }],
  },
  {
    classic: "content_hits_total",
    labels: {},
    rows: "sum",
    subjects: [{ ...OWN, ...COUNTER, path: "content.hits.total", unit: "", meaning: "Visits to content" }],
  },
  {
    classic: "http_request_count",
    labels: { class: statusClass("code") },
    rows: "sum",
    subjects: [
      { ...OWN, ...COUNTER, path: "http.requests.total", unit: "", meaning: "HTTP requests answered" },
      {
        ...OWN,
        ...COUNTER,
        path: "http.requests.total.<class>",
        unit: "",
        meaning: "The same by class of the answer: `2xx`, `4xx`, …; `other` where the code is none",
      },
    ],
  },
  {
    otel: "http.server.request.duration",
    otelUnit: "seconds",
    classic: "http_request_duration_seconds",
    labels: {},
    rows: "sum",
    subjects: durations("http.duration", "HTTP requests"),
  },
  {
    classic: "http_request_inflight_gauge",
    labels: {},
    rows: "sum",
    subjects: [{ ...OWN, ...GAUGE, path: "http.inflight", unit: "", meaning: "HTTP requests being answered" }],
  },
  {
    classic: "http_response_size_bytes",
    labels: {},
    rows: "sum",
    subjects: [
      {
        ...OWN,
        kind: "counter",
        part: "sum",
        path: "http.response_bytes.total",
        unit: "bytes",
        meaning: "Bytes of HTTP answers",
      },
    ],
  },
  {
    otel: "queue.items.size",
    classic: "jobs_queue_total_jobs_in_queue",
    labels: { queue: label("queue_name") },
    rows: "sum",
    subjects: [{ ...SHARED, ...GAUGE, path: "queue.<queue>.size", unit: "", meaning: "Jobs in the queue" }],
  },
  {
    otel: "queue.items.age",
    otelUnit: "seconds",
    classic: "jobs_queue_oldest_job_age_seconds",
    labels: { queue: label("queue_name") },
    rows: "max",
    subjects: [
      {
        ...SHARED,
        ...GAUGE,
        path: "queue.<queue>.oldest_age_s",
        unit: "seconds",
        meaning: "Age of the oldest job in the queue",
      },
    ],
  },
  {
    otel: "queue.items.active_duration",
    otelUnit: "seconds",
    labels: { queue: label("queue_name") },
    hostLabel: "job_hostname",
    rows: "max",
    subjects: [
      {
        ...GAUGE,
        scope: "host",
        class: "max",
        path: "queue.<queue>.active_duration_s",
        unit: "seconds",
        meaning: "How long the longest-running job of the queue has been running on the host",
      },
    ],
  },
  {
    otel: "queue.items.completed",
    labels: { queue: label("queue_name"), status: label("job_status") },
    rows: "sum",
    subjects: [
      {
        ...OWN,
        ...COUNTER,
        path: "queue.<queue>.completed.<status>",
        unit: "",
        meaning: "Jobs of the queue that ended, by how they ended",
      },
    ],
  },
  {
    otel: "job.completion",
    labels: { status: label("job_status") },
    rows: "sum",
    subjects: [
      {
        ...OWN,
        ...COUNTER,
        path: "jobs.completed.<status>",
        unit: "",
        meaning: "Jobs that ended, by how they ended: `success`, `failure`",
      },
    ],
  },
  {
    otel: "job.cancelled",
    labels: {},
    rows: "sum",
    subjects: [{ ...OWN, ...COUNTER, path: "jobs.cancelled", unit: "", meaning: "Jobs that were cancelled" }],
  },
  {
    otel: "job.timeout",
    labels: {},
    rows: "sum",
    subjects: [{ ...OWN, ...COUNTER, path: "jobs.timeout", unit: "", meaning: "Jobs that ran out of time" }],
  },
  {
    otel: "job.duration",
    otelUnit: "seconds",
    labels: {},
    rows: "sum",
    subjects: durations("jobs.duration", "jobs"),
  },
  {
    otel: "users.active",
    labels: { window: label("window"), role: label("role") },
    rows: "sum",
    totals: true,
    subjects: [
      {
        ...SHARED,
        ...GAUGE,
        path: "users.active.<window>.<role>",
        unit: "",
        meaning: "Users that were active within the window, by role",
      },
    ],
  },
  {
    otel: "application.count",
    labels: { type: label("application_type") },
    rows: "sum",
    totals: true,
    subjects: [{ ...OWN, ...GAUGE, path: "apps.running.<type>", unit: "", meaning: "Running applications, by type" }],
  },
  {
    otel: "process.count",
    labels: { tag: label("process_tag") },
    rows: "sum",
    totals: true,
    subjects: [{ ...OWN, ...GAUGE, path: "procs.<tag>", unit: "", meaning: "Processes that Connect runs, by tag" }],
  },
  {
    otel: "schedule.count",
    labels: { status: label("schedule_status") },
    rows: "sum",
    totals: true,
    subjects: [
      {
        ...SHARED,
        ...GAUGE,
        path: "schedules.<status>",
        unit: "",
        meaning: "Schedules by state: `queued`, `running`, `success`, `failure`",
      },
    ],
  },
  {
    otel: "content.count",
    labels: {},
    rows: "sum",
    totals: true,
    subjects: [{ ...SHARED, ...GAUGE, path: "content.total", unit: "", meaning: "Content items of all kinds" }],
  },
  {
    otel: "db.sql.connection.open",
    labels: { pool: label("pool_name"), status: label("status") },
    rows: "sum",
    subjects: [
      {
        ...OWN,
        ...GAUGE,
        path: "db.pool.<pool>.<status>",
        unit: "",
        meaning: "Open database connections of the pool: `idle`, `inuse`",
      },
    ],
  },
  {
    otel: "worker.pool.utilization",
    otelUnit: "ratio",
    labels: { type: label("application_type") },
    rows: "max",
    subjects: [
      {
        ...GAUGE,
        scope: "node",
        class: "node",
        path: "workers.utilization.<type>",
        unit: "",
        meaning: "How much of the worker pool is in use, by type of application",
      },
    ],
  },
  {
    otel: "requests.rejected",
    labels: { reason: label("rejection_reason"), type: label("rejection_type") },
    rows: "sum",
    subjects: [
      {
        ...OWN,
        ...COUNTER,
        path: "http.rejected.<reason>.<type>",
        unit: "",
        meaning: "Requests that were rejected, by reason and type",
      },
    ],
  },
  licence("license.users.current", "users_current", "Named users that count for the licence"),
  licence("license.users.limit", "users_limit", "Named users that the licence allows"),
  licence("license.shiny_users.current", "shiny_current", "Shiny users that count for the licence"),
  licence("license.shiny_users.limit", "shiny_limit", "Shiny users that the licence allows"),
  licence("license.expiration.days_remaining", "days_left", "Days until the licence ends", "days"),
  {
    classic: "process_cpu_seconds_total",
    labels: {},
    rows: "sum",
    subjects: [
      {
        ...OWN,
        ...COUNTER,
        path: "connectd.cpu_seconds",
        unit: "seconds",
        meaning: "CPU time used by Connect's server",
      },
    ],
  },
  {
    classic: "process_resident_memory_bytes",
    labels: {},
    rows: "sum",
    subjects: [
      { ...OWN, ...GAUGE, path: "connectd.rss_bytes", unit: "bytes", meaning: "Memory resident of Connect's server" },
    ],
  },
];

export const CONNECT_SUBJECTS: readonly ConnectSubject[] = CONNECT_METRICS.flatMap((metric) => metric.subjects);

/** What is known of a series by its subject: the name below `connect.<cluster>.<node>.`. */
export const connectSubject = subjectLookup(CONNECT_SUBJECTS);

export interface KnownName {
  readonly metric: ConnectMetric;
  /** Whether it is OpenTelemetry's name, the one that wins when a page has both. */
  readonly otel: boolean;
}

/** What a family of this name is; undefined for a name that we don't know. */
export function connectMetric(familyName: string): KnownName | undefined {
  return SPELLINGS.get(familyName.replace(/^connect_/, ""));
}

/** How Posit writes the names of a metric, for documents. */
export function sourceNames(metric: ConnectMetric): readonly string[] {
  const { otel, classic } = metric;
  const names = otel === undefined ? [] : [otel];
  if (classic !== undefined) names.push(classic.startsWith("process_") ? classic : `connect_${classic}`);
  return names;
}

const SPELLINGS: ReadonlyMap<string, KnownName> = new Map(
  CONNECT_METRICS.flatMap((metric): [string, KnownName][] => [
    ...classicSpellings(metric).map((name): [string, KnownName] => [name, { metric, otel: false }]),
    ...otelSpellings(metric).map((name): [string, KnownName] => [name, { metric, otel: true }]),
  ]),
);

/** An OpenMetrics page declares a counter without `_total`, and adds it to one that was named without. */
function classicSpellings(metric: ConnectMetric): string[] {
  if (metric.classic === undefined) return [];
  const stem = metric.classic.replace(/_total$/, "");
  return isCounter(metric) ? [stem, `${stem}_total`] : [metric.classic];
}

function otelSpellings(metric: ConnectMetric): string[] {
  if (metric.otel === undefined) return [];
  const plain = metric.otel.replaceAll(".", "_");
  const stems = metric.otelUnit === undefined ? [plain] : [plain, `${plain}_${metric.otelUnit}`];
  return isCounter(metric) ? stems.flatMap((stem) => [stem, `${stem}_total`]) : stems;
}

function isCounter(metric: ConnectMetric): boolean {
  return metric.subjects.every((subject) => subject.kind === "counter" && subject.part === "value");
}

function label(name: string): LabelNode {
  return { label: name, node: nameNode };
}

function statusClass(name: string): LabelNode {
  return { label: name, node: (code) => (/^[1-5]\d\d$/.test(code) ? `${code[0]}xx` : "other") };
}

function durations(path: string, things: string): ConnectSubject[] {
  const counted = { ...OWN, kind: "counter" } as const;
  const quantiles = [0.5, 0.95, 0.99].map(
    (part): ConnectSubject => ({
      scope: "node",
      class: "node",
      kind: "gauge",
      part,
      path: `${path}.p${part * 100}`,
      unit: "seconds",
      meaning: `The time within which ${part * 100} % of the ${things} ended since the scrape before, estimated from buckets`,
    }),
  );
  return [
    { ...counted, part: "count", path: `${path}.count`, unit: "", meaning: `Number of ${things} that were timed` },
    { ...counted, part: "sum", path: `${path}.sum`, unit: "seconds", meaning: `Time that the ${things} took together` },
    ...quantiles,
  ];
}

function licence(otel: string, leaf: string, meaning: string, unit?: string): ConnectMetric {
  return {
    otel,
    ...(unit === undefined ? {} : { otelUnit: unit }),
    labels: {},
    rows: "max",
    subjects: [{ ...SHARED, ...GAUGE, path: `license.${leaf}`, unit: unit ?? "", meaning }],
  };
}
