/** When series lived: what is kept of it, and that damage makes too many of them alive, never too few. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Log } from "#src/core/log.ts";
import { silentLog } from "#src/core/log.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { Lifetimes } from "#src/store/lifetimes.ts";
import { append } from "../contracts/store.ts";
import { Simulation } from "../sim/simulation.ts";
import { seeded } from "../support/random.ts";

const OPTIONS = { directory: "/data", rules: { schemas: [], aggregations: [] }, seriesLimit: 100, headBytes: 16e6 };

test("lifetimes equal those of a map, and come back from the file", async () => {
  const random = seeded();
  const simulation = new Simulation(random.seed);
  const { files } = simulation.host("a").start().world;
  const lifetimes = new Lifetimes();
  const map = new Map<number, { made: number; first: number; last: number }>();
  for (let i = 0; i < 5000; i++) {
    const id = random.chance(0.01) ? random.below(150_000) : random.below(300);
    const at = random.below(1000);
    const known = map.get(id);
    if (random.chance(0.2)) {
      lifetimes.made(id, at);
      if (known === undefined || known.first > known.last) map.set(id, { made: at, first: 1e9, last: -1 });
    } else {
      lifetimes.extend(id, at, at + 5);
      const { first = 1e9, last = -1, made = 0 } = known ?? {};
      map.set(id, { made, first: Math.min(first, at), last: Math.max(last, at + 5) });
    }
  }
  await simulation.scheduler.until(files.makeDirectory("/d"));
  await simulation.scheduler.until(lifetimes.save(files, "/d", "/d/lifetimes"));
  const loaded = new Lifetimes();
  assert.equal(await simulation.scheduler.until(loaded.load(files, "/d/lifetimes")), undefined);
  for (const one of [lifetimes, loaded]) {
    for (const [id, { made, first, last }] of map) {
      const from = random.below(1000);
      const until = from + random.below(200);
      const what = `seed ${random.seed}, id ${id}, ${from} to ${until}`;
      assert.equal(one.overlaps(id, from, until), first <= until && last >= from, what);
      assert.equal(one.unseenSince(id, until), (last < 0 ? made : last) < until, what);
    }
    assert.deepEqual([one.overlaps(200_000, 0, 1e9), one.unseenSince(200_000, 1e9)], [false, false]);
  }
});

test("without the file, or with any byte of it damaged, no series counts as dead, and the log says so", async () => {
  const random = seeded();
  const simulation = new Simulation(random.seed);
  const host = simulation.host("a");
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (text) => void warnings.push(text) };
  const open = () => simulation.scheduler.until(EmbeddedStore.open(host.start().world, log, OPTIONS));
  const restart = async (store: EmbeddedStore, change: () => void): Promise<EmbeddedStore> => {
    await simulation.scheduler.until(store.close());
    change();
    return open();
  };
  let store = await open();
  const start = Math.floor(host.wallMs() / 1000);
  append(store, ["a.old", start, 1]);
  await simulation.run(3_000_000);
  const lives = async (): Promise<boolean> => {
    const query = { pattern: "a.*", limit: 9, fromSeconds: start + 60 };
    return (await simulation.scheduler.until(store.find(query))).length > 0;
  };
  store = await restart(store, () => undefined);
  assert.deepEqual([await lives(), warnings], [false, []]);
  const whole = host.disk.contents("/data/lifetimes").slice();
  for (let place = 0; place < whole.length; place++) {
    const damaged = whole.slice();
    damaged[place]! ^= 1 << random.below(8);
    store = await restart(store, () => host.disk.put("/data/lifetimes", damaged));
    assert.equal(await lives(), true, `seed ${random.seed}, byte ${place}`);
    assert.match(warnings.pop() ?? "", /^\/data\/lifetimes (is|has) .*: all series count as alive up to now$/);
  }
  for (const length of [0, 10, whole.length - 1]) {
    store = await restart(store, () => host.disk.put("/data/lifetimes", whole.subarray(0, length)));
    assert.equal(await lives(), true, `cut to ${length}`);
  }
  store = await restart(store, () => host.disk.put("/data/lifetimes", whole));
  assert.equal(await lives(), false);
  await simulation.scheduler.until(store.close());
});
