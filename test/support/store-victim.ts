/**
 * A process that writes to a store as fast as it can until it is killed: `node store-victim.js DIRECTORY STATE`.
 *
 * STATE is JSON: when the store's time began, how fast it runs, which rules hold, how much was told to be durable before.
 * The process first checks what the one before it has left, says `checked N`, then writes and says `durable N`.
 */
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import type { World } from "#src/core/world.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { parseSchemas } from "#src/store/schemas.ts";

export interface VictimState {
  readonly startMs: number;
  readonly speed: number;
  /** Retentions of the series called `moved.*`. */
  readonly retentions: string;
  /** Points that were durable. */
  readonly durable: number;
  /** Points that were written at most. */
  readonly written: number;
  readonly headBytes: number;
}

const SERIES = 40;
/** Points of one second of the store's time: one for each series. */
const nameOf = (n: number): string => (n % 2 === 0 ? `plain.s${n}` : `moved.s${n}`);
/** The n-th point of all; every seventh is late by up to an hour. */
function pointOf(n: number, startSeconds: number): { name: string; seconds: number; value: number } {
  const second = Math.floor(n / SERIES);
  const lateBy = n % 7 === 0 ? (n * 7919) % 3600 : 0;
  const seconds = startSeconds + 3600 + second - lateBy;
  return { name: nameOf(n % SERIES), seconds, value: (seconds % 10_000) + (n % SERIES) / 100 };
}

async function main(directory: string, state: VictimState): Promise<void> {
  const real = realWorld();
  const wallMs = (): number => Math.floor(state.startMs + (Date.now() - state.startMs) * state.speed);
  const world: World = { ...real, clock: { ...real.clock, wallMs } };
  const startSeconds = Math.floor(state.startMs / 1000);
  const schemas = `[moved]\npattern = ^moved\nretentions = ${state.retentions}\n[plain]\npattern = .\nretentions = 1s:2d,10s:9d`;
  const rules = { schemas: parseSchemas(schemas, "victim"), aggregations: [] };
  const options = { directory, rules, seriesLimit: 1000, headBytes: state.headBytes };
  const store = await EmbeddedStore.open(world, silentLog, options);
  await check(store, state, startSeconds, Math.floor(wallMs() / 1000));
  console.log(`checked ${state.durable}`);
  for (let n = state.durable; ; ) {
    const now = Math.floor(wallMs() / 1000) - startSeconds - 3600;
    const from = n;
    while (n < now * SERIES && n < from + 20_000) n++;
    if (n > from) {
      console.log(`writing ${n}`);
      append(store, from, n, startSeconds);
      await store.durable();
      console.log(`durable ${n}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function append(store: EmbeddedStore, from: number, to: number, startSeconds: number): void {
  const length = to - from;
  const batch = {
    length,
    ids: new Int32Array(length),
    seconds: new Uint32Array(length),
    values: new Float64Array(length),
  };
  for (let i = 0; i < length; i++) {
    const { name, seconds, value } = pointOf(from + i, startSeconds);
    batch.ids[i] = store.resolve(name);
    batch.seconds[i] = seconds;
    batch.values[i] = value;
  }
  store.append(batch);
}

/** Every durable point is there, and nothing that was never written. */
async function check(store: EmbeddedStore, state: VictimState, startSeconds: number, nowSeconds: number) {
  const durable = new Set<string>();
  const written = new Map<string, number>();
  for (let n = 0; n < state.written; n++) {
    const { name, seconds, value } = pointOf(n, startSeconds);
    written.set(`${name} ${seconds}`, value);
    if (n < state.durable) durable.add(`${name} ${seconds}`);
  }
  for (let s = 0; s < SERIES; s++) {
    const path = nameOf(s);
    const id = store.resolve(path);
    const window = { fromSeconds: startSeconds - 1, untilSeconds: nowSeconds, nowSeconds };
    const [series] = await store.fetch({ series: [{ path, id }], ...window });
    series!.values.forEach((value, i) => {
      const key = `${path} ${series!.startSeconds + i * series!.stepSeconds}`;
      if (Number.isNaN(value)) {
        if (durable.has(key)) throw new Error(`lost: ${key}, which was ${written.get(key)}`);
      } else if (written.get(key) !== value) {
        throw new Error(`invented: ${key} is ${value}, was written as ${written.get(key)}`);
      }
      durable.delete(key);
    });
  }
  if (durable.size > 0) throw new Error(`lost: ${[...durable].slice(0, 3).join(", ")} and ${durable.size} in all`);
  const { damage } = store.stats();
  if (damage.length > 0) throw new Error(`damage: ${damage.join("; ")}`);
}

const [directory, state] = process.argv.slice(2);
await main(directory!, JSON.parse(state!) as VictimState);
