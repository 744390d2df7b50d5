import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import type { Collector } from "#src/collectors/collector.ts";
import { rrdCollector } from "#src/collectors/rrd.ts";
import { realWorld } from "#src/core/real/world.ts";
import { createRrd, type RrdSpec } from "#src/rrd/create.ts";
import { updateRrdFile } from "#src/rrd/write-file.ts";
import { counted, gather, type TestContext, testContext } from "../support/collect.ts";
import { FakeWorld } from "../support/fake-world.ts";

/** Where the fake world's clock begins. */
const NOW = 1_700_000_000;
const STEP = 10;

let directory: string | undefined;
afterEach(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true });
  directory = undefined;
});

interface Bench {
  readonly context: TestContext;
  readonly collector: Collector;
  /** A file of this stem with these data sources, last updated `ageSeconds` ago. */
  create(stem: string, dataSources: readonly string[], ageSeconds?: number, archives?: RrdSpec["archives"]): string;
  /** Updates one step apart, from the step after `create`. */
  update(path: string, afterSeconds: number, rows: readonly (readonly number[])[]): Promise<void>;
  /** One collection: what it sent, without what it says of itself, as `name@time from NOW=value`. */
  sent(): Promise<string[]>;
}

/** Virtual time, real files: clocks don't agree, so nothing waits for a file to be left alone. */
function bench(settings: Record<string, unknown> = {}): Bench {
  const made = mkdtempSync(join(tmpdir(), "lockstep-rrd-"));
  directory = made;
  const world = Object.assign(new FakeWorld(), { files: realWorld().files });
  const context = testContext(world);
  const collector = rrdCollector.create(context, rrdCollector.options.parse({ directories: [made], ...settings }));
  return {
    context,
    collector,
    create(stem, dataSources, ageSeconds = 100, archives = AVERAGES) {
      const path = join(made, `${stem}.rrd`);
      writeFileSync(path, createRrd(spec(dataSources, NOW - ageSeconds, archives)));
      return path;
    },
    update: (path, afterSeconds, rows) =>
      updateRrdFile(
        world.files,
        path,
        rows.map((readings, i) => ({ timeSeconds: NOW + afterSeconds + STEP * (i + 1), readings })),
      ),
    async sent() {
      let done = false;
      const gathering = gatherAll(collector).finally(() => {
        done = true;
      });
      while (!done) await world.advance(1); // files are read in real time
      return gathering;
    },
  };
}

const AVERAGES: RrdSpec["archives"] = [
  { function: "AVERAGE", xff: 0.5, stepsPerRow: 6, rows: 20 },
  { function: "AVERAGE", xff: 0.5, stepsPerRow: 1, rows: 30 },
  { function: "MAX", xff: 0.5, stepsPerRow: 1, rows: 60 },
];

function spec(dataSources: readonly string[], startSeconds: number, archives: RrdSpec["archives"]): RrdSpec {
  return {
    stepSeconds: STEP,
    startSeconds,
    dataSources: dataSources.map((name) => ({ name, type: "GAUGE", heartbeatSeconds: 25 })),
    archives,
  };
}

async function gatherAll(collector: Collector): Promise<string[]> {
  const lines: string[] = [];
  const emit = (measurement: { name: string; value: number; wallMs?: number; stepSeconds?: number }) => {
    const { name, value, wallMs, stepSeconds } = measurement;
    if (wallMs === undefined) return;
    assert.equal(stepSeconds, STEP);
    lines.push(`${name.replace("connect.c.n1.", "")}@${wallMs / 1000 - NOW}=${value}`);
  };
  await collector.collect(emit, new AbortController().signal);
  return lines;
}

test("each row of the finest averages is sent once, in order", async () => {
  const { create, update, sent } = bench();
  const path = create("system.load", ["1min", "5min"]);
  await update(path, -100, [
    [1, 10],
    [2, 20],
  ]);
  assert.deepEqual(await sent(), [
    "system.load.1min@-90=1",
    "system.load.5min@-90=10",
    "system.load.1min@-80=2",
    "system.load.5min@-80=20",
  ]);
  assert.deepEqual(await sent(), []);
  await update(path, -80, [[3, 30]]);
  assert.deepEqual(await sent(), ["system.load.1min@-70=3", "system.load.5min@-70=30"]);
  assert.deepEqual(await sent(), []);
});

test("a row that is not complete waits until it is", async () => {
  const { create, update, sent, context } = bench();
  const path = create("system.load", ["1min"]);
  await update(path, -100, [[1]]);
  await sent();
  await updateRrdFile(context.world.files, path, [{ timeSeconds: NOW - 85, readings: [4] }]);
  assert.deepEqual(await sent(), []);
  await updateRrdFile(context.world.files, path, [{ timeSeconds: NOW - 78, readings: [8] }]);
  assert.deepEqual(await sent(), ["system.load.1min@-80=6"]);
});

test("unknown rows are not sent, and rows after a gap are", async () => {
  const { create, update, sent } = bench();
  const path = create("system.load", ["1min"], 300);
  await update(path, -300, [[1], [Number.NaN], [3]]);
  assert.deepEqual(await sent(), ["system.load.1min@-290=1", "system.load.1min@-270=3"]);
  await update(path, -200, [[Number.NaN], [9]]);
  assert.deepEqual(await sent(), ["system.load.1min@-180=9"]);
});

test("a file that was not read for longer than it reaches back goes on with what it holds", async () => {
  const { create, update, sent, context } = bench();
  const path = create("system.load", ["1min"], 1_000);
  await update(path, -1_000, [[1]]);
  assert.deepEqual(await sent(), ["system.load.1min@-990=1"]);
  await update(
    path,
    -990,
    Array.from({ length: 45 }, (_, i) => [i]),
  );
  const rows = await sent();
  assert.equal(rows.length, 29); // not the oldest of the thirty: a writer may be at it
  assert.equal(rows[0], "system.load.1min@-820=16");
  assert.deepEqual(await sent(), []);
  assert.deepEqual(context.logged, []);
});

test("new files are found, in directories below too, and vanished ones forgotten", async () => {
  const { create, update, sent, collector } = bench();
  assert.deepEqual(await sent(), []);
  await update(create("license-named", ["users"]), -100, [[7]]);
  mkdirSync(join(directory!, "host-1.example"));
  const deep = create("host-1.example/load", ["shortterm"]);
  await update(deep, -100, [[0.5]]);
  assert.deepEqual((await sent()).sort(), [
    "rrd.raw.host-1_example.load.shortterm@-90=0.5",
    "rrd.raw.license-named.users@-90=7",
  ]);
  rmSync(deep);
  assert.equal((await gather(collector)).values.get("n1.rrd.files"), 1);
  await update(create("host-1.example/load", ["shortterm"]), -100, [[0.75]]);
  assert.deepEqual(await sent(), ["rrd.raw.host-1_example.load.shortterm@-90=0.75"]);
});

test("a file that was made anew is begun again, after a second look", async () => {
  const { create, update, sent, context } = bench();
  await update(create("system.load", ["1min"]), -100, [[1], [2]]);
  await sent();
  await update(create("system.load", ["1min"], 130), -130, [[5], [6], [7]]);
  assert.deepEqual(await sent(), ["system.load.1min@-120=5", "system.load.1min@-110=6", "system.load.1min@-100=7"]);
  assert.match(context.logged.join("\n"), /made anew/);
});

test("processors and content are sent when asked for, and -1 of content never is", async () => {
  const files = async (made: Bench) => {
    await made.update(made.create("cpu-0", ["user", "idle"]), -100, [[0.25, 0.75]]);
    await made.update(made.create("content-12", ["sessions", "procs"]), -100, [[-1, 2]]);
    return (await made.sent()).sort();
  };
  assert.deepEqual(await files(bench()), []);
  rmSync(directory!, { recursive: true });
  assert.deepEqual(await files(bench({ processors: true, content: true })), [
    "content.12.procs@-90=2",
    "cpu.0.idle@-90=0.75",
    "cpu.0.user@-90=0.25",
  ]);
});

test("averages are rounded to nine significant digits unless told otherwise", async () => {
  const { create, update, sent } = bench();
  await update(create("system.load", ["1min"]), -100, [[1 / 3]]);
  assert.deepEqual(await sent(), ["system.load.1min@-90=0.333333333"]);
});

test("a file that can't be read is counted and told, and costs the others nothing", async () => {
  const { create, update, context, collector } = bench();
  await update(create("system.load", ["1min"]), -100, [[1]]);
  writeFileSync(join(directory!, "broken.rrd"), "not an RRD file, but long enough to be one");
  writeFileSync(join(directory!, "empty.rrd"), "");
  const { values, error } = await gather(collector);
  assert.equal(error, undefined);
  assert.equal(values.get("n1.system.load.1min"), 1);
  assert.equal(values.get("n1.rrd.files"), 3);
  assert.equal(values.get("n1.rrd.failed_files"), 2);
  assert.equal(values.get("n1.rrd.rows_total"), 1);
  assert.equal(values.get("n1.rrd.newest_update_age_seconds"), 90);
  assert.equal(await counted(context, "lockstep_rrd_failed_total", { reason: "RRD_MAGIC" }), 1);
  assert.equal(await counted(context, "lockstep_rrd_failed_total", { reason: "RRD_TRUNCATED" }), 1);
  assert.match(context.logged.join("\n"), /cannot read \S*broken\.rrd: it is not an RRD file/);
});

test("when no file at all can be read, the collection fails", async () => {
  const { collector } = bench();
  writeFileSync(join(directory!, "broken.rrd"), "not an RRD file, but long enough to be one");
  assert.match(String((await gather(collector)).error), /broken\.rrd/);
});

test("Connect's own directory may be missing, one that was given may not", async () => {
  const given = bench({ directories: ["/nonexistent/rrd"] });
  assert.match(String((await gather(given.collector)).error), /\/nonexistent\/rrd/);
  rmSync(directory!, { recursive: true });
  const usual = bench({ directories: undefined });
  const { values, error } = await gather(usual.collector);
  assert.equal(error, undefined);
  assert.equal(values.get("n1.rrd.files"), 0);
});

test("two files of one name don't write into each other", async () => {
  const { create, update, sent, context } = bench();
  await update(create("license.a", ["n"]), -100, [[1]]);
  await update(create("license_a", ["n"]), -100, [[2]]);
  assert.deepEqual(await sent(), ["rrd.raw.license_a.n@-90=1"]);
  assert.equal(await counted(context, "lockstep_rrd_dropped_total", { reason: "name_taken" }), 1);
});

test("a long history comes in portions, each row once", async () => {
  const { create, update, sent } = bench();
  const rows = 8_000;
  const path = create("system.load", ["1min"], rows * STEP, [
    { function: "AVERAGE", xff: 0.5, stepsPerRow: 1, rows: 10_000 },
  ]);
  await update(
    path,
    -rows * STEP,
    Array.from({ length: rows }, (_, i) => [i]),
  );
  const portions = [await sent(), await sent(), await sent()];
  assert.deepEqual(
    portions.map((portion) => portion.length),
    [4_360, 3_640, 0],
  );
  assert.equal(new Set(portions.flat()).size, rows);
});

test("the first contact goes back as far as the setting says", async () => {
  const { create, update, sent } = bench({ backfill: "30s" });
  await update(
    create("system.load", ["1min"], 200),
    -200,
    Array.from({ length: 10 }, (_, i) => [i]),
  );
  assert.deepEqual(await sent(), ["system.load.1min@-120=7", "system.load.1min@-110=8", "system.load.1min@-100=9"]);
});

test("a collection that is given up sends nothing more, and the next one sends it", async () => {
  const { create, update, sent, collector } = bench();
  await update(create("system.load", ["1min"]), -100, [[1]]);
  const abort = new AbortController();
  abort.abort(new Error("the deadline is over"));
  await assert.rejects(
    collector.collect(() => assert.fail("nothing is sent"), abort.signal),
    /the deadline is over/,
  );
  assert.deepEqual(await sent(), ["system.load.1min@-90=1"]);
});

test("a file without averages is read by what else it holds; one of forecasts only is told", async () => {
  const { create, update, sent, context } = bench();
  const last: RrdSpec["archives"] = [{ function: "LAST", xff: 0.5, stepsPerRow: 1, rows: 10 }];
  await update(create("system.load", ["1min"], 100, last), -100, [[3]]);
  assert.deepEqual(await sent(), ["system.load.1min@-90=3"]);
  const path = create("forecast", ["n"], 100, last);
  const bytes = readFileSync(path);
  bytes.write("HWPREDICT", bytes.indexOf("LAST"));
  writeFileSync(path, bytes);
  assert.deepEqual(await sent(), []);
  assert.equal(await counted(context, "lockstep_rrd_failed_total", { reason: "RRD_NO_ARCHIVE" }), 1);
});
