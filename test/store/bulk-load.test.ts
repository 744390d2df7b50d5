/** History that is loaded from outside stays what it was while the store lives on: flushes, summarises and merges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#src/core/log.ts";
import { BulkLoader } from "#src/store/bulk-load.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import type { HistoryArchive } from "#src/store/history.ts";
import { parseAggregations, parseSchemas } from "#src/store/schemas.ts";
import { append } from "../contracts/store.ts";
import { Simulation } from "../sim/simulation.ts";

const RULES = {
  schemas: parseSchemas("[h]\npattern = ^h\nretentions = 10s:6h,1m:3d,10m:60d\n", "test"),
  aggregations: parseAggregations("[h]\npattern = ^h\nxFilesFactor = 0.5\naggregationMethod = max\n", "test"),
};
const OPTIONS = { directory: "/data/store", rules: RULES, seriesLimit: 100, headBytes: 1e8 };

/** An archive that ends at the present, full of values that tell what and when they are. */
function archive(stepSeconds: number, points: number, nowSeconds: number, mark: number): HistoryArchive {
  const last = nowSeconds - (nowSeconds % stepSeconds);
  const startSeconds = last - (points - 1) * stepSeconds;
  return { startSeconds, stepSeconds, values: Float64Array.from({ length: points }, (_, i) => mark + i) };
}

async function valuesOf(
  simulation: Simulation,
  store: EmbeddedStore,
  name: string,
  from: number,
  until: number,
  now: number,
) {
  const series = [{ path: name, id: store.names.idOfName(name) }];
  const query = { series, fromSeconds: from, untilSeconds: until, nowSeconds: now };
  const [found] = await simulation.scheduler.until(store.fetch(query));
  return found!;
}

test("loaded archives stay as they are while the store flushes, summarises and merges on top of them", async () => {
  const simulation = new Simulation(1);
  const host = simulation.host("aggregator");
  const process = host.start();
  const now = (): number => Math.floor(host.wallMs() / 1000);
  const loadedAt = now();
  const names = ["h.a", "h.b", "h.c;x=1"];
  const archives = [
    archive(10, 2160, loadedAt, 1e6),
    archive(60, 4320, loadedAt, 2e6),
    archive(600, 8640, loadedAt, 3e6),
  ];
  const theirs = archives.map(({ stepSeconds, values }) => ({ step: stepSeconds, points: values.length }));
  for (const name of names) {
    const loader = await simulation.scheduler.until(BulkLoader.open(process.world, OPTIONS));
    assert.equal(loader.add(name, archives, theirs).exact, true);
    assert.equal(await simulation.scheduler.until(loader.flush()), 2160 + 4320 + 8640);
    await simulation.scheduler.until(loader.close());
  }
  const store = await simulation.scheduler.until(EmbeddedStore.open(process.world, silentLog, OPTIONS));
  const expectAll = async (what: string): Promise<void> => {
    for (const name of names) {
      for (const { startSeconds, stepSeconds, values } of archives) {
        // What is summarised anew from the finer archive lies in the last windows; before them nothing may change.
        const until = loadedAt - (loadedAt % (stepSeconds * 120)) - stepSeconds;
        const reach = stepSeconds * values.length;
        const from = Math.max(startSeconds - 1, now() - reach);
        const found = await valuesOf(simulation, store, name, from, until, now());
        if (found.stepSeconds !== stepSeconds) continue; // by now a coarser archive answers
        found.values.forEach((value, i) => {
          const at = found.startSeconds + i * stepSeconds;
          assert.equal(value, values[(at - startSeconds) / stepSeconds], `${what}: ${name} ${stepSeconds}s at ${at}`);
        });
      }
    }
  };
  await expectAll("at once");
  for (let minute = 0; minute < 300; minute++) {
    append(store, ["h.a", now(), minute], ["h.late", now() - 3000, minute]);
    await simulation.run(60_000);
    if (minute % 60 === 0) await expectAll(`after ${minute} minutes`);
  }
  await expectAll("after five hours");
  assert.deepEqual(store.stats().damage, []);
  await simulation.scheduler.until(store.close());
});

test("what only a coarser archive has is there for every query, in the tiers that reach so far back", async () => {
  const simulation = new Simulation(1);
  const process = simulation.host("aggregator").start();
  const now = Math.floor(process.world.clock.wallMs() / 1000);
  const rules = {
    schemas: RULES.schemas,
    aggregations: parseAggregations("[h]\npattern = ^h\nxFilesFactor = 0\n", "test"),
  };
  const options = { ...OPTIONS, rules };
  const loader = await simulation.scheduler.until(BulkLoader.open(process.world, options));
  const archives = [archive(300, 2000, now, 1)];
  assert.equal(loader.add("h.five", archives, [{ step: 300, points: 2000 }]).exact, false);
  await simulation.scheduler.until(loader.flush());
  await simulation.scheduler.until(loader.close());
  const store = await simulation.scheduler.until(EmbeddedStore.open(process.world, silentLog, options));
  const known = async (from: number): Promise<readonly [number, number]> => {
    const { stepSeconds, values } = await valuesOf(simulation, store, "h.five", from, now, now);
    return [stepSeconds, values.filter((value) => !Number.isNaN(value)).length];
  };
  assert.deepEqual(await known(now - 3600), [10, 12]);
  assert.deepEqual(await known(now - 86_400), [60, 288]);
  const tenMinutes = await valuesOf(simulation, store, "h.five", now - 5 * 86_400, now - 3 * 86_400, now);
  assert.deepEqual([tenMinutes.stepSeconds, tenMinutes.values.length], [600, 288]);
  // Two of five minutes each: their mean.
  const index = (tenMinutes.startSeconds - archives[0]!.startSeconds) / 300;
  assert.equal(tenMinutes.values[0], (archives[0]!.values[index]! + archives[0]!.values[index + 1]!) / 2);
  await simulation.scheduler.until(store.close());
});
