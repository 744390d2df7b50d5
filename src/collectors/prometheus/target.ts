/** One page of metrics that is fetched again and again. */
import { LockstepError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Counter } from "../../core/metrics.ts";
import { readText } from "../../core/read-file.ts";
import type { HttpResponse } from "../../core/world.ts";
import type { MetricFamily } from "../../exposition/family.ts";
import { type Page, parsePage } from "../../exposition/page.ts";
import type { CollectorContext, Emit } from "../collector.ts";
import { canonicalise, type HistogramMemory } from "./canonical.ts";
import { passedThrough, type Reading } from "./reading.ts";

export interface TargetOptions {
  readonly name: string;
  readonly url: string;
  readonly dialect: "connect" | "generic";
  readonly raw: "unknown" | "all";
  readonly bearerTokenFile?: string | undefined;
}

export type DroppedCounter = Counter<"target" | "reason">;

/** OpenMetrics first: it says when it has been cut off. */
const ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

export class Target {
  readonly name: string;
  readonly #options: TargetOptions;
  readonly #context: CollectorContext;
  readonly #maxSeries: number;
  readonly #dropped: DroppedCounter;
  #histograms: HistogramMemory = new Map();

  constructor(options: TargetOptions, context: CollectorContext, maxSeries: number, dropped: DroppedCounter) {
    this.name = options.name;
    this.#options = options;
    this.#context = context;
    this.#maxSeries = maxSeries;
    this.#dropped = dropped;
  }

  /** Emits the page and how the scrape went. Rejects with `PROMETHEUS_SCRAPE` when there is no page to be had. */
  async scrape(emit: Emit, timeoutMs: number): Promise<void> {
    const { clock } = this.#context.world;
    const startedMs = clock.monotonicMs();
    const say = (leaf: string, value: number) =>
      emit({ name: this.#context.names.ofNode(`scrape.prometheus.${this.name}.${leaf}`), value });
    try {
      const page = await this.#fetch(timeoutMs);
      this.#emitPage(page, emit);
      say("samples", page.sampleCount);
      say("up", 1);
    } catch (cause) {
      say("up", 0);
      throw new LockstepError("PROMETHEUS_SCRAPE", `could not scrape ${this.name} at ${this.#shownUrl()}`, { cause });
    } finally {
      say("duration_seconds", (clock.monotonicMs() - startedMs) / 1000);
    }
  }

  async #fetch(timeoutMs: number): Promise<Page> {
    const answer = await this.#context.world.http.request({
      method: "GET",
      url: this.#options.url,
      headers: {
        accept: ACCEPT,
        "user-agent": "lockstep",
        "x-prometheus-scrape-timeout-seconds": String(timeoutMs / 1000),
        ...(await this.#authorization()),
      },
      timeoutMs,
      maxResponseBytes: LIMITS.expositionBytes,
    });
    if (answer.status !== 200) throw statusError(answer);
    return parsePage(answer.body, { contentType: answer.headers["content-type"] });
  }

  /** Read anew each time: tokens are replaced while we run. */
  async #authorization(): Promise<Record<string, string>> {
    const path = this.#options.bearerTokenFile;
    if (path === undefined) return {};
    const token = (await readText(this.#context.world.files, path, LIMITS.smallFileBytes)).trim();
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new LockstepError("PROMETHEUS_TOKEN", `the file ${path} holds no token: one line of printable characters`);
    }
    return { authorization: `Bearer ${token}` };
  }

  #emitPage(page: Page, emit: Emit): void {
    this.#drop("bad_line", page.badLines);
    for (const [i, problem] of page.problems.entries()) {
      this.#context.log.limited("warn", `${this.name}.line.${i}`, problem.message, {
        target: this.name,
        code: problem.code,
        bad_lines: page.badLines,
      });
    }
    const sent = new Set<string>();
    for (const { name, value, timestampMs } of this.#readings(page.families)) {
      if (!Number.isFinite(value)) continue; // on a page NaN says "no value", and Carbon has no infinity
      const key = timestampMs === undefined ? name : `${name} ${timestampMs}`;
      if (sent.has(key)) this.#drop("duplicate", 1);
      else if (sent.size >= this.#maxSeries) this.#drop("series_limit", 1);
      else {
        sent.add(key);
        emit(timestampMs === undefined ? { name, value } : { name, value, wallMs: timestampMs });
      }
    }
  }

  /** Our own names first, so that a limit on series costs what we know nothing of. */
  *#readings(families: readonly MetricFamily[]): Generator<Reading> {
    const { names } = this.#context;
    if (this.#options.dialect === "generic") {
      yield* passedThrough(families, names.ofNode(`prom.${this.name}`));
      return;
    }
    const canonical = canonicalise(families, names, this.#histograms);
    this.#histograms = canonical.histograms;
    this.#drop("damaged_family", canonical.withheld);
    this.#drop("duplicate", canonical.duplicates);
    yield* canonical.readings;
    yield* passedThrough(this.#options.raw === "all" ? families : canonical.rest, names.ofNode("prom.raw"));
  }

  #drop(reason: string, count: number): void {
    if (count > 0) this.#dropped.add(count, { target: this.name, reason });
  }

  /** Without the query, where some put a token. */
  #shownUrl(): string {
    const { origin, pathname } = new URL(this.#options.url);
    return `${origin}${pathname}`;
  }
}

function statusError(answer: HttpResponse): LockstepError {
  const { location } = answer.headers;
  const where = location === undefined ? "" : ` (to ${location.slice(0, 200)}; redirects are not followed)`;
  return new LockstepError("PROMETHEUS_STATUS", `it answered with status ${answer.status}${where}, not 200`);
}
