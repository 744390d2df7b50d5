/**
 * How wrong this node's clock is: measured against the aggregator's, and against any NTP server named.
 *
 * Each reference gets a burst of NTP exchanges, and every figure comes with its error bound (docs/clocks.md has the
 * proof). What is measured is the difference to *that server's clock*. How far the server in turn may be from the true
 * time is its own claim, and is reported apart (`root_distance_seconds`): whoever believes it adds it to the bound.
 *
 * Between the bursts, a look at both clocks twice a second notices when somebody sets this one.
 */
import { z } from "zod";
import { clockJump, lookAtClocks } from "../core/clock-jump.ts";
import { createDriftWindow, type Drift, type DriftWindow } from "../core/drift.ts";
import { LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { duration, formatHostPort, hostPort } from "../core/options.ts";
import type { Subject } from "../core/subject.ts";
import type { SocketAddress, World } from "../core/world.ts";
import { type CollectorContext, collectorModule, type Emit, schedule } from "./collector.ts";
import { type BurstFailure, type BurstMeasurement, ntpBurst } from "./ntp-burst.ts";

/** The name of the aggregator among the references. */
const AGGREGATOR = "aggregator";

const referenceOptions = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, "a reference's name has letters, digits, _ and - only: it becomes part of series names")
    .refine((name) => name !== AGGREGATOR, `"${AGGREGATOR}" is the aggregator itself; choose another name`)
    .describe("Under which its series appear: `clock.NAME.offset_seconds`."),
  address: hostPort().describe("An NTP server, such as ntp.example.org:123."),
  interval: duration("1m", "Time between two bursts: public servers ask for at least a minute."),
});

export const clock = collectorModule({
  name: "clock",
  summary: "Measures this node's clock against the aggregator's and any NTP server, with error bounds and drift.",
  options: z.strictObject({
    ...schedule("10s", "5s"),
    aggregator: hostPort()
      .optional()
      .describe("Where the aggregator answers time requests (UDP). Default: the aggregator's host, port 10123."),
    references: z
      .array(referenceOptions)
      .max(LIMITS.clockReferences)
      .refine(
        (list) => new Set(list.map(({ name }) => name)).size === list.length,
        "two references have the same name; each needs its own",
      )
      .default([])
      .describe("Further NTP servers to measure this clock against."),
    exchanges: z.int().min(1).max(16).default(8).describe("Exchanges in a burst; the quickest way out and back count."),
    timeout: duration("1s", "How long an answer is waited for."),
  }),
  create(context, options) {
    const references = options.references.map((given) => createReference(given.name, given.address, given.interval));
    if (options.aggregator !== undefined) {
      references.unshift(createReference(AGGREGATOR, options.aggregator, options.interval));
    }
    const jumps = watchJumps(context.world, (stepMs) => {
      context.clusterClock?.stepped(stepMs);
      for (const reference of references) reference.drift.reset();
      context.log.warn("this node's clock was set", { step_seconds: stepMs / 1000 });
    });
    const measureReference = createMeasurer(context, options);
    return {
      async collect(emit, signal) {
        jumps.look(); // a step that the burst would measure must not be counted again afterwards
        emitJumps(context, jumps, emit);
        const nowMs = context.world.clock.monotonicMs();
        // A collection may come a little early: half an interval of ours decides.
        const due = references.filter((reference) => nowMs >= reference.dueMs - options.interval / 2);
        const outcomes = await Promise.all(due.map((reference) => measureReference(reference, signal)));
        for (const outcome of outcomes) emitOutcome(context, outcome, emit);
        throwIfNoneAnswered(outcomes);
      },
      async close() {
        jumps.close();
      },
    };
  },
});

// ---- references -------------------------------------------------------------------------------------------------

interface Reference {
  readonly name: string;
  readonly server: SocketAddress;
  readonly drift: DriftWindow;
  /** Both change when the server says that we ask too often. */
  intervalMs: number;
  /** Exchanges in a burst at most. */
  exchanges: number;
  /** The times are of our monotonic clock. */
  dueMs: number;
  /** Until then the server does not want to be asked. */
  deniedUntilMs: number;
}

interface Outcome {
  readonly reference: Reference;
  readonly measured: BurstMeasurement | undefined;
  readonly failure: BurstFailure | undefined;
  readonly drift: Drift | undefined;
}

/** A server that said DENY is asked again after a day, and not before. */
const DENIED_MS = 86_400_000;
/** A server that says RATE is asked half as much each time, down to one exchange an hour. */
const SLOWEST_MS = 3_600_000;

function createReference(name: string, server: SocketAddress, intervalMs: number): Reference {
  return {
    name,
    server,
    drift: createDriftWindow(),
    intervalMs,
    exchanges: Number.POSITIVE_INFINITY,
    dueMs: Number.NEGATIVE_INFINITY,
    deniedUntilMs: Number.NEGATIVE_INFINITY,
  };
}

/** What it sends. The offset of a reference comes last: who reads the stream has the rest by then. */
export const CLOCK_SUBJECTS: readonly Subject[] = [
  {
    path: "clock.<reference>.reachable",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "",
    meaning: "1 when the last burst to the reference brought a measurement, else 0",
  },
  {
    path: "clock.<reference>.offset_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "This clock minus the reference's: positive is fast",
  },
  {
    path: "clock.<reference>.bound_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "The true offset lies within so much of the measured one",
  },
  {
    path: "clock.<reference>.delay_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "Round trip of the exchange that counts",
  },
  {
    path: "clock.<reference>.root_distance_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "How far the reference itself may be from true time, by its own claim",
  },
  {
    path: "clock.<reference>.drift_ppm",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "ppm",
    meaning: "How quickly the offset grows, in millionths",
  },
  {
    path: "clock.<reference>.drift_bound_ppm",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "ppm",
    meaning: "Error bound of the drift",
  },
  {
    path: "clock.step_seconds",
    scope: "node",
    kind: "gauge",
    class: "node",
    unit: "seconds",
    meaning: "Somebody set this clock, by so much; stamped with the new time",
  },
  {
    path: "clock.steps_total",
    scope: "node",
    kind: "counter",
    class: "node",
    unit: "",
    meaning: "How often this clock was set since the sidecar started",
  },
  {
    path: "clock.stalls_total",
    scope: "node",
    kind: "counter",
    class: "node",
    unit: "",
    meaning: "How often this process did not run for two seconds or more",
  },
];

function createMeasurer(
  { world, log, metrics, clusterClock }: CollectorContext,
  options: { readonly exchanges: number; readonly timeout: number },
): (reference: Reference, signal: AbortSignal) => Promise<Outcome> {
  const refusals = metrics.counter("lockstep_clock_refused_total", "NTP answers refused or missing.", [
    "reference",
    "reason",
  ]);
  return async (reference, signal) => {
    const nowMs = world.clock.monotonicMs();
    reference.dueMs = nowMs + reference.intervalMs;
    if (nowMs < reference.deniedUntilMs) {
      return { reference, measured: undefined, failure: "kiss_deny", drift: undefined };
    }
    const { measured, failure } = await ntpBurst(world, {
      server: reference.server,
      exchanges: Math.min(options.exchanges, reference.exchanges),
      timeoutMs: options.timeout,
      signal,
      refused(reason, error) {
        refusals.add(1, { reference: reference.name, reason });
        if (error !== undefined) log.limited("warn", reference.name, error.message, { reference: reference.name });
      },
    });
    obeyKiss(reference, failure, options.exchanges, nowMs);
    if (measured === undefined) {
      const facts = { reference: reference.name, address: formatHostPort(reference.server), reason: failure };
      if (failure !== "aborted") log.limited("warn", reference.name, "a reference clock could not be measured", facts);
      return { reference, measured, failure, drift: undefined };
    }
    reference.drift.add(measured.estimate);
    const drift = reference.drift.drift();
    if (reference.name === AGGREGATOR) clusterClock?.measured(measured.estimate, drift);
    return { reference, measured, failure, drift };
  };
}

function obeyKiss(reference: Reference, failure: BurstFailure | undefined, exchanges: number, nowMs: number): void {
  if (failure === "kiss_deny") reference.deniedUntilMs = nowMs + DENIED_MS;
  if (failure !== "kiss_rate") return;
  reference.exchanges = Math.max(1, Math.floor(Math.min(exchanges, reference.exchanges) / 2));
  reference.intervalMs = Math.min(SLOWEST_MS, reference.intervalMs * 2);
  reference.dueMs = nowMs + reference.intervalMs;
}

function emitOutcome({ names }: CollectorContext, { reference, measured, drift }: Outcome, emit: Emit): void {
  const send = (subject: string, value: number): void =>
    emit({
      name: names.ofNode(`clock.${reference.name}.${subject}`),
      value,
      ...(measured === undefined ? {} : { wallMs: measured.wallMs }),
    });
  send("reachable", measured === undefined ? 0 : 1);
  if (measured === undefined) return;
  // The bound goes first: who reads the stream has it when the offset comes.
  send("bound_seconds", measured.estimate.boundMs / 1000);
  send("delay_seconds", measured.estimate.delayMs / 1000);
  send("root_distance_seconds", measured.rootDistanceMs / 1000);
  if (drift !== undefined) {
    send("drift_ppm", drift.ppm);
    send("drift_bound_ppm", drift.boundPpm);
  }
  send("offset_seconds", measured.estimate.offsetMs / 1000);
}

function throwIfNoneAnswered(outcomes: readonly Outcome[]): void {
  if (outcomes.length === 0 || outcomes.some(({ measured }) => measured !== undefined)) return;
  const told = outcomes.map(({ reference, failure }) => {
    return `${reference.name} (${formatHostPort(reference.server)}): ${failure}`;
  });
  throw new LockstepError("CLOCK_NO_REFERENCE", `could not measure this clock against any other: ${told.join(", ")}`);
}

// ---- steps and stalls -------------------------------------------------------------------------------------------

interface Jumps {
  /** Steps not yet told of. */
  readonly steps: { readonly wallMs: number; readonly stepMs: number }[];
  stepsTotal: number;
  stallsTotal: number;
  /** Compares the clocks now; it also happens by itself. */
  look(): void;
  close(): void;
}

const LOOK_EVERY_MS = 500;
/** A smaller difference is a clock being slewed, or the error of two looks in whole milliseconds. */
const STEP_MS = 100;
const STALL_MS = 2_000;
/** Steps between two collections of which each is told with its time; the rest is only counted. */
const STEPS_KEPT = 100;

function watchJumps(world: World, onStep: (stepMs: number) => void): Jumps {
  let last = lookAtClocks(world.clock);
  let timer = world.timers.after(LOOK_EVERY_MS, lookAndGoOn);

  function lookAndGoOn(): void {
    jumps.look();
    timer = world.timers.after(LOOK_EVERY_MS, lookAndGoOn);
  }

  const jumps: Jumps = {
    steps: [],
    stepsTotal: 0,
    stallsTotal: 0,
    look() {
      const now = lookAtClocks(world.clock);
      const { stepMs, lateMs } = clockJump(last, now, LOOK_EVERY_MS);
      last = now;
      if (lateMs > STALL_MS) jumps.stallsTotal++;
      if (Math.abs(stepMs) <= STEP_MS) return;
      jumps.stepsTotal++;
      if (jumps.steps.length < STEPS_KEPT) jumps.steps.push({ wallMs: now.wallMs, stepMs });
      onStep(stepMs);
    },
    close: () => timer.cancel(),
  };
  return jumps;
}

function emitJumps({ names }: CollectorContext, jumps: Jumps, emit: Emit): void {
  for (const { wallMs, stepMs } of jumps.steps.splice(0)) {
    emit({ name: names.ofNode("clock.step_seconds"), value: stepMs / 1000, wallMs });
  }
  emit({ name: names.ofNode("clock.steps_total"), value: jumps.stepsTotal });
  emit({ name: names.ofNode("clock.stalls_total"), value: jumps.stallsTotal });
}
