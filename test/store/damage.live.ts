/**
 * A data directory with every kind of file, damaged at random: cut, flipped, zeroed, and parts of it written over others.
 * However it was damaged: `check` finds it, reading never gives a value that was not written, and after `repair` all is
 * sound and everything is there that could be read before.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCode } from "#src/core/errors.ts";
import { silentLog } from "#src/core/log.ts";
import type { Files, World } from "#src/core/world.ts";
import { openJournal } from "#src/state/journal.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { repairData } from "#src/store/offline/repair.ts";
import { surveyData } from "#src/store/offline/survey.ts";
import { parseAggregations, parseSchemas } from "#src/store/schemas.ts";
import { append } from "../contracts/store.ts";
import { type SimHost, Simulation } from "../sim/simulation.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

const RUNS = 1000;
const NAMES = ["d.a", "d.b", "d.c", "d.late", "d.new"];
/** A coarse slot is known only when all of its fine slots are: what is missing can't make another value of it. */
const RULES = {
  schemas: parseSchemas("[d]\npattern = ^d\nretentions = 10s:2d,60s:10d\n", "test"),
  aggregations: parseAggregations("[d]\npattern = ^d\nxFilesFactor = 1\n", "test"),
};
const OPTIONS = { directory: "/data/store", rules: RULES, seriesLimit: 100, headBytes: 1e8 };

type Values = ReadonlyMap<string, number>;
type Image = ReadonlyMap<string, Uint8Array>;

interface Made {
  readonly image: Image;
  readonly values: Values;
  readonly nowMs: number;
}

/** Hours of a store's life: closed windows, summaries, merged ones, late points, names that came later; then kill -9. */
async function makeData(simulation: Simulation): Promise<Made> {
  const host = simulation.host("made");
  const process = host.start();
  const wait = <T>(promise: Promise<T>): Promise<T> => simulation.scheduler.until(promise);
  const store = await wait(EmbeddedStore.open(process.world, silentLog, OPTIONS));
  const state = await wait(openJournal(process.world.files, silentLog, "/data/state"));
  const now = (): number => Math.floor(host.wallMs() / 1000);
  for (let step = 0; step < 900; step++) {
    for (const name of NAMES.slice(0, 3)) append(store, [name, now(), (step % 50) + name.charCodeAt(2) / 8]);
    if (step > 400) append(store, ["d.new", now(), step]);
    if (step > 200 && step % 2 === 0) append(store, ["d.late", now() - 1900, step]);
    if (step % 90 === 0) await wait(state.commit([{ collection: "c", key: String(step), value: "v".repeat(step) }]));
    await simulation.run(10_000);
  }
  await wait(store.durable());
  process.kill();
  const image = new Map(host.disk.paths().map((path) => [path, host.disk.contents(path).slice()]));
  const values = await readAll(simulation, place(simulation, "whole", image), now());
  return { image, values, nowMs: host.wallMs() };
}

function place(simulation: Simulation, name: string, image: Image): SimHost {
  const host = simulation.host(name);
  for (const [path, bytes] of image) host.disk.put(path, bytes);
  return host;
}

/** Everything that a store of these files answers: `name step time` → value. Opens it, and kills it. */
async function readAll(simulation: Simulation, host: SimHost, nowSeconds: number): Promise<Map<string, number>> {
  const process = host.start();
  const found = new Map<string, number>();
  try {
    const store = await simulation.scheduler.until(EmbeddedStore.open(process.world, silentLog, OPTIONS));
    for (const path of NAMES) {
      const id = store.names.idOfName(path);
      if (id < 0) continue;
      for (const fromSeconds of [nowSeconds - 14_000, nowSeconds - 3 * 86_400]) {
        const query = { series: [{ path, id }], fromSeconds, untilSeconds: nowSeconds, nowSeconds };
        const [series] = await simulation.scheduler.until(store.fetch(query));
        series!.values.forEach((value, i) => {
          const key = `${path} ${series!.stepSeconds} ${series!.startSeconds + i * series!.stepSeconds}`;
          if (!Number.isNaN(value)) found.set(key, value);
        });
      }
    }
  } finally {
    process.kill();
  }
  return found;
}

type Damage = (bytes: Uint8Array, random: SeededRandom) => Uint8Array;

const DAMAGES: Readonly<Record<string, Damage>> = {
  cut: (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  flipped: (bytes, random) => {
    const out = bytes.slice();
    for (let i = random.pick([1, 1, 3, 20]); i > 0; i--) out[random.below(out.length)]! ^= 1 << random.below(8);
    return out;
  },
  zeroed: (bytes, random) => {
    const from = random.below(bytes.length);
    return bytes.slice().fill(0, from, from + random.pick([1, 16, 512, 4096]));
  },
  duplicated: (bytes, random) => {
    const from = random.below(bytes.length);
    const to = random.below(bytes.length);
    const length = Math.min(random.pick([4, 32, 512, 4096]), bytes.length - Math.max(from, to));
    const out = bytes.slice();
    out.copyWithin(to, from, from + length);
    return out;
  },
};

interface Counts {
  found: number;
  unchanged: number;
  notFound: number;
  refused: number;
  lost: number;
  left: number;
}

test(`${RUNS} damaged data directories: found, never a wrong value, repaired with nothing lost that could be read`, async () => {
  const random = seeded();
  const simulation = new Simulation(random.seed);
  const made = await makeData(simulation);
  const nowSeconds = Math.floor(made.nowMs / 1000);
  const paths = [...made.image.keys()];
  assert.ok(paths.some((path) => path.includes("/1-60-")) && paths.some((path) => path.includes("wal-")), paths.join());
  const counts: Counts = { found: 0, unchanged: 0, notFound: 0, refused: 0, lost: 0, left: 0 };
  for (let run = 0; run < RUNS; run++) {
    const path = random.pick(paths);
    const kind = random.pick(Object.keys(DAMAGES));
    const bytes = DAMAGES[kind]!(made.image.get(path)!, random);
    const what = `seed ${random.seed}, run ${run}: ${path} ${kind}`;
    if (Buffer.compare(bytes, made.image.get(path)!) === 0) counts.unchanged++;
    else await oneRun(simulation, made, new Map(made.image).set(path, bytes), { path, kind, what, nowSeconds, counts });
  }
  console.log(`damage: ${RUNS} runs, ${JSON.stringify(counts)}, seed ${random.seed}`);
  assert.ok(counts.lost > 100, "damage did cost something");
});

interface Run {
  readonly path: string;
  readonly kind: string;
  readonly what: string;
  readonly nowSeconds: number;
  readonly counts: Counts;
}

async function oneRun(simulation: Simulation, made: Made, image: Image, run: Run): Promise<void> {
  const { what, counts, nowSeconds } = run;
  const wait = <T>(promise: Promise<T>): Promise<T> => simulation.scheduler.until(promise);
  const host = place(simulation, "damaged", image);
  const { files } = host.start().world as World & { files: Files };
  const { findings } = await wait(surveyData(files, "/data", nowSeconds));
  if (findings.length > 0) {
    counts.found++;
    assert.ok(
      findings.every(({ file }) => `/data/${file.path}` === run.path),
      `${what}: ${JSON.stringify(findings)}`,
    );
  } else {
    // A log that was cut just behind a record can't be told from one that was never longer, nor a whole record in the
    // place of another one; and any 64 digits may be a checksum: another one has everything looked through once more.
    const may = run.path.endsWith(".log")
      ? run.kind === "cut" || run.kind === "duplicated"
      : run.path.endsWith("rules.sha256");
    assert.ok(may, `${what}: nothing was found`);
    counts.notFound++;
  }
  const before = await readOrRefuse(simulation, place(simulation, "read", image), nowSeconds, what, counts);
  for (const [key, value] of before) assert.equal(value, made.values.get(key), `${what}: ${key}`);
  const repairs = await wait(repairData(files, "/data", { dryRun: false }));
  if (repairs.some(({ action }) => action === "left")) {
    counts.left++; // two bytes that say "a newer version" are believed
    return;
  }
  const after = await wait(surveyData(files, "/data", nowSeconds));
  assert.deepEqual(after.findings, [], what);
  if (findings.length > 0)
    assert.ok(
      host.disk.paths().some((path) => path.startsWith("/data/damaged/")),
      what,
    );
  const repaired = await readAll(simulation, host, nowSeconds);
  for (const [key, value] of repaired) assert.equal(value, made.values.get(key), `${what}, repaired: ${key}`);
  for (const key of before.keys()) assert.ok(repaired.has(key), `${what}: the repair has lost ${key}`);
  if (repaired.size < made.values.size) counts.lost++;
}

/** A store that does not open because a log is not what its name says tells so, and reads nothing. */
async function readOrRefuse(
  simulation: Simulation,
  host: SimHost,
  nowSeconds: number,
  what: string,
  counts: Counts,
): Promise<Map<string, number>> {
  try {
    return await readAll(simulation, host, nowSeconds);
  } catch (error) {
    assert.equal(errorCode(error), "LOG_KIND", `${what}: ${error}`);
    counts.refused++;
    return new Map();
  }
}
