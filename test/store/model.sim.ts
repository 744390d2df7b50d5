/**
 * Random operations on the store beside a plain map: what is durable is there after any kill or power cut, what was
 * not may be there or not, and nothing is there that was never sent.
 */
import assert from "node:assert/strict";
import { silentLog } from "#src/core/log.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { parseSchemas } from "#src/store/schemas.ts";
import { append, type Point } from "../contracts/store.ts";
import type { Scenario } from "../sim/scenario.ts";
import { Simulation } from "../sim/simulation.ts";

/** Of one run as a simulation. */
const OPERATIONS = 250;
const NAMES = ["m.a", "m.b", "m.c", "slow.a", "slow.b"];
const RULES = {
  schemas: parseSchemas("[slow]\npattern = ^slow\nretentions = 60s:2d,300s:9d", "test"),
  aggregations: [],
};
const stepOf = (name: string): number => (name.startsWith("slow") ? 60 : 10);

const UNKNOWN = Symbol("one of those on disk");

interface Slot {
  /** What a read gives now. */
  live: number | undefined | typeof UNKNOWN;
  /** What a read may give after a kill: the last durable value, and all that were sent since. */
  disk: (number | undefined)[];
}

class Model {
  readonly #slots = new Map<string, Slot>();

  write(name: string, seconds: number, value: number): void {
    const slot = this.#slot(`${name} ${seconds - (seconds % stepOf(name))}`);
    slot.live = value;
    slot.disk.push(value);
  }

  /** Everything is on disk. */
  durable(): void {
    for (const slot of this.#slots.values()) if (slot.live !== UNKNOWN) slot.disk = [slot.live];
  }

  killed(): void {
    for (const slot of this.#slots.values()) slot.live = slot.disk.length === 1 ? slot.disk[0] : UNKNOWN;
  }

  /** On disk, too. */
  deleted(name: string): void {
    for (const [key, slot] of this.#slots) {
      if (!key.startsWith(`${name} `)) continue;
      slot.live = undefined;
      slot.disk = [undefined];
    }
  }

  observe(name: string, slotSeconds: number, value: number | undefined, what: string): void {
    const slot = this.#slot(`${name} ${slotSeconds}`);
    const may = slot.live === UNKNOWN ? slot.disk : [slot.live];
    if (!may.includes(value))
      assert.fail(`${what}: ${name} ${slotSeconds} holds ${value}, may hold ${may.join(" or ")}`);
    slot.live = value;
  }

  #slot(key: string): Slot {
    const slot = this.#slots.get(key) ?? { live: undefined, disk: [undefined] };
    this.#slots.set(key, slot);
    return slot;
  }
}

export async function runModel(seed: number | undefined, operations: number): Promise<void> {
  const simulation = new Simulation(seed);
  const { random, scheduler } = simulation;
  const host = simulation.host("aggregator");
  const model = new Model();
  let process = host.start();
  // Every other run has no room for whole windows.
  const headBytes = random.chance(0.5) ? 0 : 16e6;
  const options = { directory: "/data", rules: RULES, seriesLimit: NAMES.length, headBytes };
  const open = () => scheduler.until(EmbeddedStore.open(process.world, silentLog, options));
  let store = await open();
  const startSeconds = Math.floor(host.wallMs() / 1000);
  const now = (): number => Math.floor(host.wallMs() / 1000);

  const check = async (what: string): Promise<void> => {
    const name = random.pick(NAMES);
    const step = stepOf(name);
    const from = startSeconds - 4000 + random.below(now() - startSeconds + 4000);
    const query = {
      series: [{ path: name, id: store.resolve(name) }],
      fromSeconds: from,
      untilSeconds: now() + step,
      nowSeconds: now() + step,
    };
    const [series] = await scheduler.until(store.fetch(query));
    series!.values.forEach((value, i) => {
      model.observe(name, series!.startSeconds + i * step, Number.isNaN(value) ? undefined : value, what);
    });
  };

  for (let operation = 0; operation < operations; operation++) {
    const what = `seed ${simulation.seed}, operation ${operation}`;
    const kind = random.below(21);
    if (kind < 10) {
      for (let i = random.below(30); i >= 0; i--) {
        const name = random.pick(NAMES);
        const age = random.chance(0.2) ? random.below(Math.max(1, now() - startSeconds + 3000)) : random.below(40) - 20;
        const seconds = now() - age;
        const value = random.below(1000) / 4;
        append(store, [name, seconds, value]);
        model.write(name, seconds, value);
      }
      if (random.chance(0.2)) {
        // Many at one moment, as a back-fill comes.
        const seconds = now() - random.below(Math.max(1, now() - startSeconds + 3000));
        const points = Array.from({ length: 60 + random.below(200) }, (): Point => {
          return [random.pick(NAMES), seconds, random.below(1000) / 4];
        });
        append(store, ...points);
        for (const [name, at, value] of points) model.write(name, at, value);
      }
    } else if (kind < 14) await simulation.run(random.below(random.chance(0.2) ? 2_000_000 : 30_000));
    else if (kind < 15) {
      await scheduler.until(store.durable());
      model.durable();
    } else if (kind < 17) await check(what);
    else if (kind < 18) {
      process.kill();
      model.killed();
      if (random.chance(0.3)) host.disk.powerCut(random);
      process = host.start();
      store = await open();
      for (let i = 0; i < 5; i++) await check(`${what}, after a kill`);
    } else if (kind < 19) {
      await scheduler.until(store.close());
      model.durable();
      process.kill();
      process = host.start();
      store = await open();
    } else if (kind < 20) {
      const name = random.pick(NAMES);
      await scheduler.until(store.delete([store.resolve(name)]));
      model.durable(); // it waits for all that came before
      model.deleted(name);
    } else {
      host.disk.capacityBytes = host.disk.usedBytes + random.below(3000);
      await simulation.run(random.below(5_000_000));
      host.disk.capacityBytes = Number.POSITIVE_INFINITY;
    }
    assert.deepEqual(store.stats().damage, [], what);
  }
  await scheduler.until(store.close());
}

export const storeModel: Scenario = {
  name: "the store equals a map under random appends, deletions, kills, power cuts, restarts and full disks",
  async run(seed) {
    await runModel(seed, OPERATIONS);
    return `${OPERATIONS} operations`;
  },
};
