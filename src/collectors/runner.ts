/**
 * Runs the collectors: each at its own interval and with its own deadline, none in the way of another.
 *
 *     start   first beat          second beat               third beat
 *     ├─ ≤ 1 s ─┼─── ≤ interval ─────┼──────── interval ────────┼──►  monotonic clock
 *               ├─ collect ─┤        ├─ collect ──── deadline ┄┄┄┄┄┄┄  hangs: failed at its deadline, and not
 *                                                                            started again before it has returned
 *
 * From the second on, beats lie on a fixed grid, so an interval never drifts by what a collection took; its random phase
 * keeps the nodes of a cluster that start together from asking together. Whatever a collector throws, rejects or emits becomes a
 * counter, a log line and its `scrape.<name>.up`, never an error of ours.
 */
import { errorCode, errorText, LockstepError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import type { Subject } from "../core/subject.ts";
import type { Timer, World } from "../core/world.ts";
import type { Collector, CollectorSchedule, Measurement, Names } from "./collector.ts";
import { type Rejection, rejection, type StampedMeasurement } from "./measurement.ts";

export interface ScheduledCollector {
  /** The name of its module. */
  readonly name: string;
  readonly collector: Collector;
  readonly schedule: Pick<CollectorSchedule, "interval" | "deadline">;
}

export interface RunnerOptions {
  readonly collectors: readonly ScheduledCollector[];
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly names: Names;
  readonly sink: MeasurementSink;
}

/** Takes what was measured; the array is its own from then on. */
export type MeasurementSink = (measurements: readonly StampedMeasurement[]) => void;

export interface Runner {
  /** Stops the beats, asks what runs to give up, waits a second for it at the most, and closes every collector. */
  close(): Promise<void>;
}

const FIRST_BEAT_SPREAD_MS = 1_000;
const CLOSE_GRACE_MS = 1_000;
/** A collection hands over what it has whenever it has this much, so that a long one needs no more memory. */
const BATCH_MEASUREMENTS = 1_000;

export function startCollectors(options: RunnerOptions): Runner {
  const counters = declareCounters(options.metrics);
  const loops = options.collectors.map((scheduled) => new CollectorLoop(options, scheduled, counters));
  declareGauges(options.metrics, loops);
  for (const loop of loops) loop.start();
  return {
    async close() {
      await Promise.all(loops.map((loop) => loop.close()));
    },
  };
}

interface RunnerCounters {
  readonly collections: Counter<"collector" | "outcome">;
  readonly skipped: Counter<"collector" | "reason">;
  readonly rejected: Counter<"collector" | "reason">;
}

function declareCounters(metrics: Metrics): RunnerCounters {
  return {
    collections: metrics.counter(
      "lockstep_collector_collections_total",
      "Collections by how they ended: ok, failed, or overdue at their deadline.",
      ["collector", "outcome"],
    ),
    skipped: metrics.counter(
      "lockstep_collector_skipped_total",
      "Beats without a collection: the one before was still running, or the process was held up.",
      ["collector", "reason"],
    ),
    rejected: metrics.counter(
      "lockstep_collector_rejected_total",
      "Measurements that were not sent because of their value, name or time, or because their deadline was over.",
      ["collector", "reason"],
    ),
  };
}

function declareGauges(metrics: Metrics, loops: readonly CollectorLoop[]): void {
  const finished = () => loops.filter((loop) => loop.last !== undefined);
  metrics.gauge("lockstep_collector_up", "Whether the last collection came to its end in time.", ["collector"], () =>
    finished().map((loop) => ({ labels: { collector: loop.name }, value: loop.last!.up ? 1 : 0 })),
  );
  metrics.gauge("lockstep_collector_duration_seconds", "How long the last collection took.", ["collector"], () =>
    finished().map((loop) => ({ labels: { collector: loop.name }, value: loop.last!.durationMs / 1000 })),
  );
}

type Outcome = "ok" | "failed" | "overdue";

/** One run of a collector, from its beat to the return of its promise. */
interface Collection {
  readonly wallMs: number;
  readonly startedMs: number;
  readonly abort: AbortController;
  readonly deadline: Timer;
  /** Undefined until it returns or its deadline is over. */
  outcome: Outcome | undefined;
  batch: StampedMeasurement[];
}

class CollectorLoop {
  readonly name: string;
  /** How the last collection ended. */
  last: { readonly up: boolean; readonly durationMs: number } | undefined;
  readonly #options: RunnerOptions;
  readonly #collector: Collector;
  readonly #schedule: ScheduledCollector["schedule"];
  readonly #counters: RunnerCounters;
  #timer: Timer | undefined;
  /** When the next beat is due, on the monotonic clock. */
  #nextBeatMs = 0;
  #running: Collection | undefined;
  /** Resolves when the running collection's promise has settled, long after its deadline perhaps. */
  #returned: Promise<void> = Promise.resolve();
  #errors = 0;
  #onGrid = false;
  #closed = false;

  constructor(options: RunnerOptions, scheduled: ScheduledCollector, counters: RunnerCounters) {
    this.name = scheduled.name;
    this.#options = options;
    this.#collector = scheduled.collector;
    this.#schedule = scheduled.schedule;
    this.#counters = counters;
  }

  start(): void {
    const { clock, random } = this.#options.world;
    const spreadMs = Math.min(FIRST_BEAT_SPREAD_MS, this.#schedule.interval);
    this.#nextBeatMs = clock.monotonicMs() + random.next() * spreadMs;
    this.#waitForBeat();
  }

  /**
   * The second beat begins the grid, at most an interval after the first, in the middle half of an interval of the wall
   * clock: there a sample is far from the edges of the slot that it falls into, and beats can't share one and miss one.
   */
  #beginGrid(): void {
    const { clock, random } = this.#options.world;
    const { interval } = this.#schedule;
    const phaseMs = interval * (0.25 + random.next() / 2);
    const sinceSlotMs = clock.wallMs() % interval;
    const waitMs = (phaseMs - sinceSlotMs + interval) % interval;
    this.#nextBeatMs = clock.monotonicMs() + (waitMs === 0 ? interval : waitMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const running = this.#running;
    if (running !== undefined) {
      running.abort.abort(new LockstepError("COLLECTOR_CLOSED", `the collector ${this.name} is being stopped`));
      await this.#within(CLOSE_GRACE_MS, this.#returned);
      running.deadline.cancel();
      running.outcome ??= "overdue"; // whatever it still emits comes too late
    }
    await this.#within(CLOSE_GRACE_MS, this.#closeCollector());
  }

  async #closeCollector(): Promise<void> {
    try {
      await this.#collector.close?.();
    } catch (error) {
      this.#options.log.warn("could not close a collector", { collector: this.name, error: errorText(error) });
    }
  }

  // ---- beats

  #waitForBeat(): void {
    const { clock, timers } = this.#options.world;
    this.#timer = timers.after(Math.max(0, this.#nextBeatMs - clock.monotonicMs()), () => this.#beat());
  }

  #beat(): void {
    if (!this.#onGrid) {
      this.#onGrid = true;
      this.#beginGrid();
      this.#waitForBeat();
      this.#collect();
      return;
    }
    const { interval } = this.#schedule;
    const lateMs = this.#options.world.clock.monotonicMs() - this.#nextBeatMs;
    const missed = Math.max(0, Math.floor(lateMs / interval));
    if (missed > 0) this.#counters.skipped.add(missed, { collector: this.name, reason: "held_up" });
    this.#nextBeatMs += (missed + 1) * interval;
    this.#waitForBeat();
    if (this.#running === undefined) this.#collect();
    else this.#skip(this.#running);
  }

  #skip(running: Collection): void {
    this.#counters.skipped.add(1, { collector: this.name, reason: "still_running" });
    if (running.outcome === undefined) return;
    // It failed at its deadline and hangs on: still down, and said so at every beat.
    const { clock } = this.#options.world;
    this.#options.sink(this.#status(false, clock.monotonicMs() - running.startedMs, clock.wallMs()));
  }

  // ---- one collection

  #collect(): void {
    const { clock, timers } = this.#options.world;
    const run: Collection = {
      wallMs: clock.wallMs(),
      startedMs: clock.monotonicMs(),
      abort: new AbortController(),
      deadline: timers.after(this.#schedule.deadline, () => this.#giveUp(run)),
      outcome: undefined,
      batch: [],
    };
    this.#running = run;
    this.#returned = this.#call(run)
      .then(
        () => this.#end(run, "ok", undefined),
        (error: unknown) => this.#end(run, "failed", error),
      )
      .finally(() => {
        run.deadline.cancel();
        this.#running = undefined;
      });
  }

  #giveUp(run: Collection): void {
    const error = new LockstepError("COLLECTOR_DEADLINE", `no end within ${this.#schedule.deadline} ms`);
    this.#end(run, "overdue", error);
    run.abort.abort(error);
  }

  /** Async, so that a collector which throws at once is one that rejects. */
  async #call(run: Collection): Promise<void> {
    await this.#collector.collect((measurement) => this.#emit(run, measurement), run.abort.signal);
  }

  #emit(run: Collection, measurement: Measurement): void {
    const reason: Rejection | "after_end" | undefined =
      run.outcome === undefined ? rejection(measurement) : "after_end";
    if (reason !== undefined) {
      this.#counters.rejected.add(1, { collector: this.name, reason });
      this.#options.log.limited("debug", `${this.name}.${reason}`, "a measurement was not sent", {
        collector: this.name,
        reason,
        name: String(measurement.name).slice(0, 200),
        value: measurement.value,
      });
      return;
    }
    run.batch.push({ ...measurement, wallMs: measurement.wallMs ?? run.wallMs });
    if (run.batch.length >= BATCH_MEASUREMENTS) this.#handOver(run);
  }

  #handOver(run: Collection): void {
    const batch = run.batch;
    run.batch = [];
    if (batch.length > 0) this.#options.sink(batch);
  }

  /** The first end of a run counts: its deadline, or its return. */
  #end(run: Collection, outcome: Outcome, error: unknown): void {
    if (run.outcome !== undefined) {
      this.#options.log.info("an overdue collection has returned", { collector: this.name, outcome });
      return;
    }
    run.outcome = outcome;
    this.#handOver(run);
    if (this.#closed) return; // stopped by us: that says nothing about the source
    this.#counters.collections.add(1, { collector: this.name, outcome });
    const up = outcome === "ok";
    const durationMs = this.#options.world.clock.monotonicMs() - run.startedMs;
    if (!up) this.#fail(error);
    else if (this.last?.up === false) this.#options.log.info("a collector works again", { collector: this.name });
    this.last = { up, durationMs };
    this.#options.sink(this.#status(up, durationMs, run.wallMs));
  }

  #fail(error: unknown): void {
    this.#errors++;
    this.#options.log.limited("warn", `${this.name}.${errorCode(error)}`, "could not collect", {
      collector: this.name,
      code: errorCode(error),
      error: errorText(error),
    });
  }

  #status(up: boolean, durationMs: number, wallMs: number): StampedMeasurement[] {
    const name = (leaf: string) => this.#options.names.ofNode(`scrape.${this.name}.${leaf}`);
    return [
      { name: name("up"), value: up ? 1 : 0, wallMs },
      { name: name("duration_seconds"), value: durationMs / 1000, wallMs },
      { name: name("errors_total"), value: this.#errors, wallMs },
    ];
  }

  /** Waits for the promise, which does not reject, but no longer than the time. */
  #within(ms: number, promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.world.timers.after(ms, resolve);
      promise.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

const STATUS: Pick<Subject, "scope" | "class"> = { scope: "node", class: "node" };

/** What is sent of every collector. */
export const RUNNER_SUBJECTS: readonly Subject[] = [
  {
    ...STATUS,
    path: "scrape.<collector>.up",
    kind: "gauge",
    unit: "",
    meaning: "1 when the last collection came to its end within its deadline, else 0",
  },
  {
    ...STATUS,
    path: "scrape.<collector>.duration_seconds",
    kind: "gauge",
    unit: "seconds",
    meaning: "How long it took; of one that hangs, how long it has been hanging",
  },
  {
    ...STATUS,
    path: "scrape.<collector>.errors_total",
    kind: "counter",
    unit: "",
    meaning: "Collections that failed or missed their deadline, since the sidecar started",
  },
];
