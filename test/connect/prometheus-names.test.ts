import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CONNECT_METRICS,
  CONNECT_SUBJECTS,
  connectMetric,
  connectSubject,
  sourceNames,
} from "#src/connect/prometheus-names.ts";

/** Facts: names as the two dialects write them, and where they live. */
const SPELLINGS: readonly (readonly [name: string, firstPath: string, otel: boolean])[] = [
  ["connect_content_app_sessions_current", "shiny.sessions.active", false],
  ["connect_content_hits_total", "content.hits.total", false],
  ["connect_content_hits", "content.hits.total", false],
  ["connect_http_request_count", "http.requests.total", false],
  ["connect_http_request_count_total", "http.requests.total", false],
  ["connect_http_request_duration_seconds", "http.duration.count", false],
  ["http_server_request_duration", "http.duration.count", true],
  ["http_server_request_duration_seconds", "http.duration.count", true],
  ["connect_http_request_inflight_gauge", "http.inflight", false],
  ["connect_http_response_size_bytes", "http.response_bytes.total", false],
  ["connect_jobs_queue_total_jobs_in_queue", "queue.<queue>.size", false],
  ["queue_items_size", "queue.<queue>.size", true],
  ["connect_jobs_queue_oldest_job_age_seconds", "queue.<queue>.oldest_age_s", false],
  ["queue_items_age_seconds", "queue.<queue>.oldest_age_s", true],
  ["connect_queue_items_age", "queue.<queue>.oldest_age_s", true],
  ["queue_items_active_duration_seconds", "queue.<queue>.active_duration_s", true],
  ["queue_items_completed_total", "queue.<queue>.completed.<status>", true],
  ["job_completion_total", "jobs.completed.<status>", true],
  ["job_completion", "jobs.completed.<status>", true],
  ["job_cancelled_total", "jobs.cancelled", true],
  ["job_timeout_total", "jobs.timeout", true],
  ["job_duration_seconds", "jobs.duration.count", true],
  ["users_active", "users.active.<window>.<role>", true],
  ["connect_users_active", "users.active.<window>.<role>", true],
  ["application_count", "apps.running.<type>", true],
  ["process_count", "procs.<tag>", true],
  ["schedule_count", "schedules.<status>", true],
  ["content_count", "content.total", true],
  ["db_sql_connection_open", "db.pool.<pool>.<status>", true],
  ["worker_pool_utilization_ratio", "workers.utilization.<type>", true],
  ["requests_rejected_total", "http.rejected.<reason>.<type>", true],
  ["license_users_current", "license.users_current", true],
  ["license_users_limit", "license.users_limit", true],
  ["license_shiny_users_current", "license.shiny_current", true],
  ["license_shiny_users_limit", "license.shiny_limit", true],
  ["license_expiration_days_remaining", "license.days_left", true],
  ["process_cpu_seconds_total", "connectd.cpu_seconds", false],
  ["process_cpu_seconds", "connectd.cpu_seconds", false],
  ["process_resident_memory_bytes", "connectd.rss_bytes", false],
];

test("both dialects' spellings lead to one place", () => {
  for (const [name, path, otel] of SPELLINGS) {
    const known = connectMetric(name);
    assert.ok(known, `${name} is known`);
    assert.equal(known.metric.subjects[0]!.path, path, name);
    assert.equal(known.otel, otel, name);
  }
});

test("every metric of the dictionary is in the list above", () => {
  const covered = new Set(SPELLINGS.map(([name]) => connectMetric(name)!.metric));
  assert.deepEqual(CONNECT_METRICS.filter((metric) => !covered.has(metric)).map(sourceNames), []);
});

test("names that only look alike are not known", () => {
  const names = [
    "go_goroutines",
    "queue_items_age_milliseconds",
    "content_count_total",
    "connect_connect_users_active",
  ];
  for (const name of [...names, "session_ping_duration", "constructor", "", "connect_"]) {
    assert.equal(connectMetric(name), undefined, name);
  }
});

test("no two metrics share a name, no two subjects a path", () => {
  const names = CONNECT_METRICS.flatMap(sourceNames);
  assert.equal(new Set(names).size, names.length);
  const paths = CONNECT_SUBJECTS.map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
});

test("a metric gives what its subjects ask for", () => {
  for (const metric of CONNECT_METRICS) {
    for (const { path, part, scope } of metric.subjects) {
      for (const [, placeholder] of path.matchAll(/<(\w+)>/g))
        assert.ok(metric.labels[placeholder!], `${path}: ${placeholder}`);
      if (typeof part === "number")
        assert.ok(!path.includes("<") && scope === "node", `${path} is computed for the node`);
      if (scope === "host") assert.ok(metric.hostLabel, `${path} has a label that names the host`);
    }
  }
});

test("a series' subject tells how nodes add up", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["queue.default.size", "max"],
    ["queue.job-finalizer.oldest_age_s", "max"],
    ["queue.default.completed.success", "sum"],
    ["http.requests.total", "sum"],
    ["http.requests.total.5xx", "sum"],
    ["http.duration.p95", "node"],
    ["users.active.24h.viewer", "max"],
    ["workers.utilization.shiny", "node"],
    ["queue.default.unheard_of", undefined],
    ["queue..size", undefined],
    ["queue.size", undefined],
    ["", undefined],
  ];
  for (const [subject, want] of rows) assert.equal(connectSubject(subject)?.class, want, subject);
});

test("what nodes report for the whole cluster is never added up", () => {
  for (const { path, scope, class: of } of CONNECT_SUBJECTS) {
    if (scope !== "node") assert.equal(of, "max", path);
  }
});
