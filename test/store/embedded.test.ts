import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "#src/core/limits.ts";
import { silentLog } from "#src/core/log.ts";
import type { World } from "#src/core/world.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { parseAggregations, parseSchemas } from "#src/store/schemas.ts";
import {
  append,
  CONTRACT_AGGREGATIONS,
  CONTRACT_SCHEMAS,
  type StoreHarness,
  storeContract,
} from "../contracts/store.ts";
import { Simulation } from "../sim/simulation.ts";

const RULES = {
  schemas: parseSchemas(CONTRACT_SCHEMAS, "storage-schemas.conf"),
  aggregations: parseAggregations(CONTRACT_AGGREGATIONS, "storage-aggregation.conf"),
};

storeContract("the embedded store", async (): Promise<StoreHarness> => {
  const simulation = new Simulation(1);
  const host = simulation.host("aggregator");
  let process = host.start();
  const open = (): Promise<EmbeddedStore> =>
    simulation.scheduler.until(
      EmbeddedStore.open(process.world, silentLog, {
        directory: "/data",
        rules: RULES,
        seriesLimit: 1000,
        headBytes: 16e6,
      }),
    );
  let store = await open();
  return {
    get store() {
      return store;
    },
    nowSeconds: () => Math.floor(host.wallMs() / 1000),
    pass: (seconds) => simulation.run(seconds * 1000),
    wait: (promise) => simulation.scheduler.until(promise),
    async killAndReopen() {
      process.kill();
      process = host.start();
      store = await open();
    },
    async closeAndReopen() {
      await simulation.scheduler.until(store.close());
      process.kill();
      process = host.start();
      store = await open();
    },
    end: () => simulation.scheduler.until(store.close()),
  };
});

test("the embedded store: while no segment can be written, what piles up counts as pending, and comes to disk later", async () => {
  const simulation = new Simulation(4);
  const host = simulation.host("aggregator");
  const { world } = host.start();
  let broken = true;
  const failing: World["threads"] = {
    start: (program) => {
      const thread = world.threads.start(program);
      const error = Object.assign(new Error("EIO: i/o error, write"), { code: "EIO" });
      return { ...thread, run: (job) => (broken ? Promise.reject(error) : thread.run(job)) };
    },
  };
  const options = { directory: "/data", rules: RULES, seriesLimit: 10, headBytes: 100_000 };
  const store = await simulation.scheduler.until(
    EmbeddedStore.open({ ...world, threads: failing }, silentLog, options),
  );
  const start = Math.floor(host.wallMs() / 1000 / 10) * 10;
  for (let minute = 0; minute < 100; minute++) {
    append(store, ["m.a", start + minute * 60, minute]);
    await simulation.run(60_000);
  }
  await simulation.scheduler.until(store.durable());
  assert.ok(store.pendingBytes() > 3e6, `${store.pendingBytes()} bytes are pending`);
  assert.match(store.stats().blocked ?? "", /segments: .*EIO/);
  broken = false;
  await simulation.run(60_000);
  assert.ok(store.pendingBytes() < 1000, `${store.pendingBytes()} bytes are pending`);
  assert.equal(store.stats().blocked, undefined);
  const query = { series: [{ path: "m.a", id: 0 }], fromSeconds: start - 1, untilSeconds: start + 5940 };
  const [series] = await simulation.scheduler.until(store.fetch({ ...query, nowSeconds: start + 6000 }));
  assert.deepEqual(
    [...series!.values].filter((value) => !Number.isNaN(value)),
    Array.from({ length: 100 }, (_, minute) => minute),
  );
  await simulation.scheduler.until(store.close());
});

test("the embedded store: beyond its limit, points from the future are dropped, and counted", async () => {
  const simulation = new Simulation(5);
  const { world } = simulation.host("aggregator").start();
  const options = { directory: "/data", rules: RULES, seriesLimit: 10, headBytes: 16e6 };
  const store = await simulation.scheduler.until(EmbeddedStore.open(world, silentLog, options));
  const id = store.resolve("f.ahead");
  const hour = Math.floor(world.clock.wallMs() / 1000) + 3600;
  const length = 10_000;
  for (let round = 0; round <= LIMITS.futurePoints / length; round++) {
    store.append({
      length,
      ids: new Int32Array(length).fill(id),
      seconds: Uint32Array.from({ length }, (_, i) => hour + round * length + i),
      values: new Float64Array(length).fill(1),
    });
    if (round % 10 === 0) await simulation.scheduler.until(store.durable());
  }
  const { future, dropped } = store.stats().samples;
  assert.deepEqual([future, dropped], [LIMITS.futurePoints, { future_buffer_full: length }]);
  await simulation.scheduler.until(store.close());
});

test("the embedded store: no sample is in the log before the name of its series is, whenever a kill comes", async () => {
  const simulation = new Simulation(3);
  const host = simulation.host("aggregator");
  const options = { directory: "/data", rules: RULES, seriesLimit: 1e6, headBytes: 16e6 };
  let series = 0;
  for (let steps = 3; steps <= 300; steps += 7) {
    const process = host.start();
    const store = await simulation.scheduler.until(EmbeddedStore.open(process.world, silentLog, options));
    assert.deepEqual(store.stats().damage, []);
    for (let step = 0; step < steps; step++) {
      append(store, [`new.s${series++}`, Math.floor(host.wallMs() / 1000), 1]);
      if (step % 5 === 0) void store.durable();
      await simulation.run(0.25); // a sync takes four times as long
    }
    process.kill();
  }
  const store = await simulation.scheduler.until(EmbeddedStore.open(host.start().world, silentLog, options));
  assert.deepEqual(store.stats().damage, []);
  assert.ok(store.stats().series > 500, `${store.stats().series} series of ${series}`);
});

test("the embedded store: a change of retention reaches what is stored", async () => {
  const simulation = new Simulation(2);
  const host = simulation.host("aggregator");
  const wait = <T>(promise: Promise<T>): Promise<T> => simulation.scheduler.until(promise);
  const open = (process: { readonly world: World }, schemas: string): Promise<EmbeddedStore> => {
    const rules = { schemas: parseSchemas(schemas, "storage-schemas.conf"), aggregations: RULES.aggregations };
    const options = { directory: "/data", rules, seriesLimit: 1000, headBytes: 16e6 };
    return wait(EmbeddedStore.open(process.world, silentLog, options));
  };
  const schema = (name: string, retentions: string): string =>
    `[${name}]\npattern = ^${name}\\.\nretentions = ${retentions}\n`;
  let process = host.start();
  let store = await open(process, schema("a", "10s:1h,60s:1d") + schema("b", "10s:1h,60s:1d"));
  const now = (): number => Math.floor(host.wallMs() / 1000);
  const start = now() - (now() % 3600) + 3600;
  await simulation.run((start - now()) * 1000);
  const ahead = start + 6 * 3600;
  for (let i = 0; i < 6 * 150; i++) {
    append(store, ["a.one", start + i * 10, i], ["b.same", start + i * 10, i]);
    if (i === 400) append(store, ["a.one", ahead, 7]);
    await simulation.run(10_000);
  }
  await wait(store.durable());
  const change = async (schemas: string, kill: boolean): Promise<void> => {
    if (!kill) await wait(store.close());
    process.kill();
    process = host.start();
    store = await open(process, schemas);
    await simulation.run(30_000);
  };
  const values = async (name: string, from: number, until: number): Promise<readonly [number, (number | null)[]]> => {
    const id = store.resolve(name);
    const window = { fromSeconds: from, untilSeconds: until, nowSeconds: now() };
    const [series] = await wait(store.fetch({ series: [{ path: name, id }], ...window }));
    return [series!.stepSeconds, [...series!.values].map((value) => (Number.isNaN(value) ? null : value))];
  };
  const recent = start + 140 * 60;
  const tens = Array.from({ length: 30 }, (_, i) => 840 + i);
  const thirties = Array.from({ length: 10 }, (_, i) => 841 + i * 3);
  const minutes = Array.from({ length: 20 }, (_, i) => i * 6 + 2.5);
  assert.deepEqual(await values("a.one", recent - 1, recent + 290), [10, tens]);

  await change(schema("a", "30s:1h,60s:1d") + schema("b", "10s:1h,60s:1d"), false);
  assert.deepEqual(await values("a.one", recent - 1, recent + 270), [30, thirties], "a coarser step averages");
  assert.deepEqual(await values("a.one", start - 1, start + 1140), [60, minutes], "what was summarised stays so");
  assert.deepEqual(await values("b.same", recent - 1, recent + 290), [10, tens], "who keeps his rule is left alone");

  append(store, ["a.one", recent, -1]);
  await change(schema("a", "10s:1h,60s:1d,300s:9d"), true);
  const sparse = thirties.flatMap((value) => [value, null, null]);
  assert.deepEqual(await values("a.one", recent + 29, recent + 290), [10, sparse.slice(3)], "a finer step has gaps");
  assert.deepEqual((await values("a.one", start - 1, start + 1140))[1], minutes);
  assert.deepEqual((await values("b.same", recent - 1, now() - 600))[0], 10, "the default has ten seconds, too");
  assert.deepEqual((await values("b.same", recent - 1, recent + 290))[1], tens);
  await change(schema("a", "10s:1h,60s:1d,300s:9d"), true);
  assert.deepEqual((await values("a.one", start - 1, start + 1140))[1], minutes, "and the next start changes nothing");
  await simulation.run((ahead + 60 - now()) * 1000);
  assert.deepEqual(await values("a.one", ahead - 1, ahead), [10, [7]], "what waited for its time moved, too");
  assert.deepEqual(store.stats().damage, []);
  await wait(store.close());
});
