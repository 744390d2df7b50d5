import assert from "node:assert/strict";
import { test } from "node:test";
import type { Collector, Emit } from "#src/collectors/collector.ts";
import type { StampedMeasurement } from "#src/collectors/measurement.ts";
import { type Runner, startCollectors } from "#src/collectors/runner.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { NAMES, recordingLog } from "../support/collect.ts";
import { FakeWorld } from "../support/fake-world.ts";

const INTERVAL = 10_000;
const DEADLINE = 5_000;
/** The fake world's random number is ½, so the first beat comes after half a second. */
const FIRST_BEAT = 500;
/** Where the grid then lies within an interval of the wall clock; the first beat is put on it already. */
const MID_SLOT = 5_000;

interface Bench {
  readonly world: FakeWorld;
  readonly runner: Runner;
  readonly sent: StampedMeasurement[];
  readonly batches: number[];
  readonly logged: readonly string[];
  /** `value @second` of one series, without the root. */
  series(name: string): string[];
  counted(name: string, labels: Readonly<Record<string, string>>): Promise<number>;
}

function start(collectors: Readonly<Record<string, Collector["collect"] | Collector>>): Bench {
  const world = new FakeWorld();
  world.wallStepMs = MID_SLOT - FIRST_BEAT;
  const startMs = world.clock.wallMs();
  const metrics = createMetrics();
  const sent: StampedMeasurement[] = [];
  const batches: number[] = [];
  const logged: string[] = [];
  const runner = startCollectors({
    collectors: Object.entries(collectors).map(([name, one]) => ({
      name,
      collector: typeof one === "function" ? { collect: one } : one,
      schedule: { interval: INTERVAL, deadline: DEADLINE },
    })),
    world,
    metrics,
    names: NAMES,
    log: recordingLog(logged),
    sink: (measurements) => {
      batches.push(measurements.length);
      sent.push(...measurements);
    },
  });
  return {
    world,
    runner,
    sent,
    batches,
    logged,
    series: (name) =>
      sent
        .filter((one) => one.name === `connect.c.n1.${name}`)
        .map(({ value, wallMs }) => `${value} @${(wallMs - startMs) / 1000}`),
    counted: async (name, labels) =>
      (await metrics.readings())
        .filter((reading) => reading.name === name)
        .filter((reading) => Object.entries(labels).every(([label, value]) => reading.labels[label] === value))
        .reduce((sum, reading) => sum + reading.value, 0),
  };
}

const say = (emit: Emit, subject: string, value: number) => emit({ name: NAMES.ofNode(subject), value });

/** A collector that takes this long, by the world's clock, and counts its runs. */
function taking(ms: number, worldOf: () => FakeWorld): Collector["collect"] {
  let runs = 0;
  return async (emit) => {
    say(emit, "runs", ++runs);
    await new Promise<void>((resolve) => worldOf().timers.after(ms, resolve));
    say(emit, "ended", runs);
  };
}

test("collections begin soon after the start and lie on a fixed grid, however long they take", async () => {
  const bench = start({ slow: taking(3000, () => bench.world) });
  await bench.world.advance(35_000);
  assert.deepEqual(bench.series("runs"), ["1 @0.5", "2 @10.5", "3 @20.5", "4 @30.5"]);
  assert.deepEqual(bench.series("ended"), bench.series("runs"), "stamped with the beginning of the collection");
  assert.deepEqual(bench.series("scrape.slow.up"), ["1 @0.5", "1 @10.5", "1 @20.5", "1 @30.5"]);
  assert.deepEqual(bench.series("scrape.slow.duration_seconds"), ["3 @0.5", "3 @10.5", "3 @20.5", "3 @30.5"]);
  assert.deepEqual(bench.series("scrape.slow.errors_total"), ["0 @0.5", "0 @10.5", "0 @20.5", "0 @30.5"]);
});

test("from the second on, beats lie in the middle of the wall clock's intervals, at most an interval after the first", async () => {
  const bench = start({ one: async (emit) => say(emit, "x", 1) });
  bench.world.wallStepMs += 8_000; // the first beat comes 3 s into a slot instead of 5
  await bench.world.advance(25_000);
  const startMs = bench.sent[0]!.wallMs - FIRST_BEAT;
  assert.deepEqual(
    bench.sent.filter(({ name }) => name.endsWith(".x")).map(({ wallMs }) => [wallMs - startMs, wallMs % INTERVAL]),
    [
      [500, 3_000],
      [2_500, MID_SLOT],
      [12_500, MID_SLOT],
      [22_500, MID_SLOT],
    ],
  );
});

test("the grid follows the monotonic clock, not the wall clock", async () => {
  const bench = start({ one: async (emit) => say(emit, "x", 1) });
  await bench.world.advance(FIRST_BEAT);
  bench.world.wallStepMs += 3_600_000;
  await bench.world.advance(INTERVAL);
  assert.deepEqual(bench.series("x"), ["1 @0.5", "1 @3610.5"]);
});

test("beats that passed while the process was held up are counted, and the grid stays", async () => {
  const bench = start({ one: async (emit) => say(emit, "x", 1) });
  await bench.world.advance(FIRST_BEAT);
  bench.world.holdUp(34_700); // past the beats at 10.5, 20.5 and 30.5
  await bench.world.advance(10_000);
  assert.deepEqual(bench.series("x"), ["1 @0.5", "1 @35.2", "1 @40.5"]);
  assert.equal(await bench.counted("lockstep_collector_skipped_total", { reason: "held_up" }), 2);
});

test("a measurement with a time of its own keeps it", async () => {
  const bench = start({ one: async (emit) => emit({ name: "a", value: 1, wallMs: 123_000, stepSeconds: 60 }) });
  await bench.world.advance(FIRST_BEAT);
  assert.deepEqual(bench.sent[0], { name: "a", value: 1, wallMs: 123_000, stepSeconds: 60 });
});

test("a collector that throws, rejects, hangs or emits garbage disturbs no other", async () => {
  const bench = start({
    throws: () => {
      throw new Error("at once");
    },
    rejects: async (emit) => {
      say(emit, "before", 1);
      throw new Error("later");
    },
    throwsText: async () => {
      throw "no error object";
    },
    hangs: () => new Promise(() => undefined),
    garbage: async (emit) => {
      say(emit, "bad", Number.NaN);
      say(emit, "bad", Number.POSITIVE_INFINITY);
      emit({ name: "has a blank", value: 1 });
      emit({ name: "a..b", value: 1 });
      emit({ name: "", value: 1 });
      emit({ name: "a;no_value", value: 1 });
      emit({ name: "a\nb 1 2", value: 1 });
      emit({ name: `x${".x".repeat(64)}`, value: 1 });
      emit({ name: "x".repeat(5000), value: 1 });
      emit({ name: "a", value: 1, wallMs: Number.NaN });
      emit({ name: "fine;tag=%20value", value: 1 });
      say(emit, "good", 1);
    },
    good: async (emit) => say(emit, "x", 1),
  });
  await bench.world.advance(15_000);
  assert.deepEqual(bench.series("x"), ["1 @0.5", "1 @10.5"]);
  assert.deepEqual(bench.series("scrape.good.up"), ["1 @0.5", "1 @10.5"]);
  assert.deepEqual(bench.series("before"), ["1 @0.5", "1 @10.5"], "what was emitted before a failure counts");
  for (const name of ["throws", "rejects", "throwsText", "hangs"]) {
    assert.equal(bench.series(`scrape.${name}.up`)[0], "0 @0.5", name);
    assert.equal(bench.series(`scrape.${name}.errors_total`)[0], "1 @0.5", name);
  }
  assert.deepEqual(bench.series("good"), ["1 @0.5", "1 @10.5"]);
  assert.ok(bench.sent.every(({ name, value }) => Number.isFinite(value) && !/\s|\.\./.test(name)));
  const rejected = (reason: string) =>
    bench.counted("lockstep_collector_rejected_total", { collector: "garbage", reason });
  assert.deepEqual(
    [await rejected("not_finite"), await rejected("name_unclean"), await rejected("name_too_deep")],
    [4, 10, 2],
  );
  assert.deepEqual([await rejected("name_too_long"), await rejected("time")], [2, 2]);
  assert.equal(bench.sent.filter(({ name }) => name === "fine;tag=%20value").length, 2);
  assert.ok(bench.logged.some((line) => /warn could not collect .*"rejects".*later/.test(line)));
});

test("one that hangs is failed at its deadline, told so on every beat, and started again only after it returned", async () => {
  let runs = 0;
  let release = (): void => undefined;
  let signal: AbortSignal | undefined;
  const bench = start({
    stuck: async (emit, itsSignal) => {
      runs++;
      signal = itsSignal;
      say(emit, "begun", runs);
      if (runs > 1) return;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      say(emit, "too_late", 1);
    },
  });
  await bench.world.advance(FIRST_BEAT + DEADLINE - 1);
  assert.deepEqual([signal?.aborted, bench.series("scrape.stuck.up")], [false, []]);
  await bench.world.advance(1);
  assert.deepEqual([signal?.aborted, bench.series("scrape.stuck.up")], [true, ["0 @0.5"]]);
  assert.deepEqual(bench.series("begun"), ["1 @0.5"]);
  await bench.world.advance(20_000);
  assert.equal(runs, 1);
  assert.deepEqual(bench.series("scrape.stuck.up"), ["0 @0.5", "0 @10.5", "0 @20.5"]);
  assert.deepEqual(bench.series("scrape.stuck.duration_seconds"), ["5 @0.5", "10 @10.5", "20 @20.5"]);
  assert.deepEqual(bench.series("scrape.stuck.errors_total"), ["1 @0.5", "1 @10.5", "1 @20.5"]);
  assert.equal(await bench.counted("lockstep_collector_skipped_total", { reason: "still_running" }), 2);
  release();
  await bench.world.advance(10_000);
  assert.equal(runs, 2);
  assert.deepEqual(bench.series("scrape.stuck.up").at(-1), "1 @30.5");
  assert.deepEqual(bench.series("too_late"), []);
  assert.equal(await bench.counted("lockstep_collector_rejected_total", { reason: "after_end" }), 1);
  assert.ok(bench.logged.some((line) => line.includes("a collector works again")));
});

test("one that is slower than its interval but within its deadline just has fewer collections", async () => {
  const world = new FakeWorld();
  const ups: number[] = [];
  startCollectors({
    collectors: [
      {
        name: "slow",
        collector: { collect: taking(25_000, () => world) },
        schedule: { interval: INTERVAL, deadline: 30_000 },
      },
    ],
    world,
    metrics: createMetrics(),
    names: NAMES,
    log: recordingLog([]),
    sink: (batch) => ups.push(...batch.filter(({ name }) => name.endsWith("slow.up")).map(({ value }) => value)),
  });
  await world.advance(60_000);
  assert.deepEqual(ups, [1, 1], "begun at 0.5 and 30.5");
});

test("a long collection hands over what it has, piece by piece", async () => {
  const bench = start({
    many: async (emit) => {
      for (let i = 0; i < 2500; i++) say(emit, `s${i}`, i);
    },
  });
  await bench.world.advance(FIRST_BEAT);
  assert.deepEqual(bench.batches, [1000, 1000, 500, 3]);
});

test("our own metrics tell how the collectors fare", async () => {
  const bench = start({
    good: async () => undefined,
    bad: async () => {
      throw new Error("no");
    },
    hung: () => new Promise(() => undefined),
  });
  await bench.world.advance(FIRST_BEAT + DEADLINE);
  const rows = [
    ["lockstep_collector_collections_total", { collector: "good", outcome: "ok" }, 1],
    ["lockstep_collector_collections_total", { collector: "bad", outcome: "failed" }, 1],
    ["lockstep_collector_collections_total", { collector: "hung", outcome: "overdue" }, 1],
    ["lockstep_collector_up", { collector: "good" }, 1],
    ["lockstep_collector_up", { collector: "hung" }, 0],
    ["lockstep_collector_duration_seconds", { collector: "hung" }, 5],
  ] as const;
  for (const [name, labels, want] of rows) assert.equal(await bench.counted(name, labels), want, name);
});

test("closing stops the beats, asks what runs to give up, and closes every collector", async () => {
  const closed: string[] = [];
  const bench = start({
    waiting: {
      collect: (emit, signal) => {
        say(emit, "half", 1);
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      close: async () => void closed.push("waiting"),
    },
    broken: {
      collect: async () => undefined,
      close: async () => {
        closed.push("broken");
        throw new Error("could not");
      },
    },
  });
  await bench.world.advance(FIRST_BEAT);
  await bench.runner.close();
  assert.deepEqual(closed.sort(), ["broken", "waiting"]);
  assert.deepEqual(bench.series("half"), ["1 @0.5"], "what was measured before is kept");
  assert.deepEqual(bench.series("scrape.waiting.up"), [], "being stopped is no failure");
  assert.ok(bench.logged.some((line) => /could not close a collector.*broken/.test(line)));
  assert.equal(bench.world.pendingTimers, 0);
  const before = bench.sent.length;
  await bench.world.advance(60_000);
  assert.equal(bench.sent.length, before);
});

test("closing does not wait for one that hangs, and sends nothing of it afterwards", async () => {
  let release = (): void => undefined;
  const bench = start({
    hung: {
      collect: async (emit) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        say(emit, "late", 1);
      },
      close: () => new Promise(() => undefined),
    },
  });
  await bench.world.advance(FIRST_BEAT);
  let done = false;
  const closing = bench.runner.close().then(() => {
    done = true;
  });
  await bench.world.advance(1_999);
  assert.equal(done, false);
  await bench.world.advance(1);
  await closing;
  assert.equal(bench.world.pendingTimers, 0);
  release();
  await bench.world.advance(60_000);
  assert.deepEqual(bench.sent, []);
});

test("nothing to run is nothing to wait for", async () => {
  const bench = start({});
  await bench.world.advance(60_000);
  await bench.runner.close();
  assert.deepEqual(bench.sent, []);
});
