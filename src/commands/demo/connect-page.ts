/**
 * The page of metrics of a Posit Connect that is not there: names and labels as Connect's two dialects have them
 * (src/connect/prometheus-names.ts), values that move as those of a small cluster would. Pure: a time gives a page.
 */

export type Dialect = "classic" | "otel";

export interface PageInput {
  readonly dialect: Dialect;
  readonly node: string;
  /** Seconds since this node's Connect has started. */
  readonly uptimeSeconds: number;
  /** Tells nodes apart: shifts their curves. */
  readonly phase: number;
}

export function connectPage(input: PageInput): string {
  return input.dialect === "classic" ? classicPage(input) : otelPage(input);
}

/** Between 0 and 1, slow and smooth, with a little that is quicker. */
function wave({ uptimeSeconds, phase }: PageInput, periodSeconds: number): number {
  const slow = Math.sin((2 * Math.PI * uptimeSeconds) / periodSeconds + phase);
  const quick = Math.sin((2 * Math.PI * uptimeSeconds) / 47 + 3 * phase);
  return Math.min(1, Math.max(0, 0.5 + 0.4 * slow + 0.1 * quick));
}

function sessions(input: PageInput): number {
  return Math.round(5 + 30 * wave(input, 900));
}

/** The same on every node: it is the cluster's. */
function queueSize({ uptimeSeconds }: PageInput): number {
  return Math.max(0, Math.round(4 * Math.sin(uptimeSeconds / 60) + 2 * Math.sin(uptimeSeconds / 17)));
}

function classicPage(input: PageInput): string {
  const hits = Math.floor(input.uptimeSeconds * 3.5);
  const requests = Math.floor(input.uptimeSeconds * 21);
  const queued = queueSize(input);
  return `# HELP connect_content_app_sessions_current Active Shiny sessions.
# TYPE connect_content_app_sessions_current gauge
connect_content_app_sessions_current ${sessions(input)}
# TYPE connect_content_hits_total counter
connect_content_hits_total ${hits}
# TYPE connect_http_request_count counter
connect_http_request_count{route="/content",code="200",method="GET"} ${requests}
connect_http_request_count{route="/content",code="500",method="GET"} ${Math.floor(requests / 900)}
# TYPE connect_http_request_inflight_gauge gauge
connect_http_request_inflight_gauge{route="/content"} ${Math.round(3 * wave(input, 120))}
# TYPE connect_jobs_queue_total_jobs_in_queue gauge
connect_jobs_queue_total_jobs_in_queue{queue_name="default"} ${queued}
# TYPE connect_jobs_queue_oldest_job_age_seconds gauge
connect_jobs_queue_oldest_job_age_seconds{queue_name="default"} ${queued === 0 ? 0 : 7 * queued}
# TYPE connect_users_active gauge
connect_users_active{window="24h",role="viewer"} 112
connect_users_active{window="24h",role="publisher"} 14
`;
}

function otelPage(input: PageInput): string {
  const queued = queueSize(input);
  const busy = wave(input, 600) > 0.4;
  return `# HELP application_count Running applications.
# TYPE application_count gauge
application_count{application_type="shiny"} ${Math.round(sessions(input) / 4)}
application_count{application_type="api"} 3
# TYPE process_count gauge
process_count{process_tag="run_app"} ${Math.round(sessions(input) / 4)}
process_count{process_tag="render"} ${busy ? 2 : 0}
# TYPE queue_items_size gauge
queue_items_size{queue_name="default"} ${queued}
# TYPE queue_items_active_duration_seconds gauge
queue_items_active_duration_seconds{queue_name="default",job_hostname="${input.node}"} ${busy ? Math.floor(input.uptimeSeconds % 240) : 0}
# TYPE db_sql_connection_open gauge
db_sql_connection_open{pool_name="core",status="idle"} 6
db_sql_connection_open{pool_name="core",status="inuse"} ${1 + Math.round(3 * wave(input, 90))}
`;
}
