/**
 * Snapshots of a store that is being written to, taken by another process with the real command on real files. Time runs
 * sixty times as fast for the store, so that windows close, late points are written out and segments are merged all the
 * while. In each snapshot: everything that was on the disk before it began, and nothing that was never sent.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { loadStorageRules } from "#src/commands/compose/storage-rules.ts";
import { errorCode } from "#src/core/errors.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import type { World } from "#src/core/world.ts";
import { openJournal } from "#src/state/journal.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { append } from "../contracts/store.ts";

const PROGRAM = join(import.meta.dirname, "../../../dist/main.js");
const run = promisify(execFile);
const SNAPSHOTS = 22;
const SERIES = 25;
/** Seconds of the store in one of ours. */
const SPEED = 60;
const START_MS = 1_795_430_000_000;
const LATE_SECONDS = 700;
const SCHEMAS = "[s]\npattern = ^s\nretentions = 1s:6h,10s:2d\n";

/** What series `s.<n>` has at a time: it tells both, so that nothing has to be remembered to know it again. */
const valueAt = (n: number, seconds: number): number => (seconds % 100_000) * 100 + n;

function fastWorld(): World {
  const world = realWorld();
  const startMs = performance.now();
  const elapsedMs = (): number => (performance.now() - startMs) * SPEED;
  return {
    ...world,
    clock: { ...world.clock, monotonicMs: elapsedMs, wallMs: () => Math.floor(START_MS + elapsedMs()) },
    timers: { after: (delayMs, then) => world.timers.after(delayMs / SPEED, then) },
  };
}

interface Sent {
  /** Series 0 … SERIES−1 have a value for each of these seconds, and are on the disk. */
  readonly durable: number[];
  /** Sent, and perhaps not on the disk. */
  readonly all: Set<number>;
  /** Seconds of the late series. */
  readonly lateDurable: number[];
  readonly lateAll: Set<number>;
}

/** Sends until told to stop: every second of the store a value for each series, and one that is late. */
async function send(world: World, store: EmbeddedStore, sent: Sent, stopping: () => boolean): Promise<void> {
  let last = Math.floor(world.clock.wallMs() / 1000);
  while (!stopping()) {
    const now = Math.floor(world.clock.wallMs() / 1000);
    const seconds: number[] = [];
    const late: number[] = [];
    for (; last < now; last++) {
      append(store, ...Array.from({ length: SERIES }, (_, n) => [`s.${n}`, last, valueAt(n, last)] as const));
      seconds.push(last);
      sent.all.add(last);
      append(store, ["s.late", last - LATE_SECONDS, valueAt(SERIES, last - LATE_SECONDS)]);
      late.push(last - LATE_SECONDS);
      sent.lateAll.add(last - LATE_SECONDS);
    }
    await store.durable();
    sent.durable.push(...seconds);
    sent.lateDurable.push(...late);
    await setTimeout(10);
  }
}

async function readSeries(store: EmbeddedStore, name: string, nowSeconds: number): Promise<Map<number, number>> {
  const id = store.names.idOfName(name);
  assert.ok(id >= 0, `${name} is known`);
  const query = {
    series: [{ path: name, id }],
    fromSeconds: nowSeconds - 21_000,
    untilSeconds: nowSeconds,
    nowSeconds,
  };
  const [series] = await store.fetch(query);
  assert.equal(series!.stepSeconds, 1);
  const found = new Map<number, number>();
  series!.values.forEach((value, i) => {
    if (!Number.isNaN(value)) found.set(series!.startSeconds + i, value);
  });
  return found;
}

test(`${SNAPSHOTS} snapshots under load hold all that was durable, and nothing else`, async () => {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-snapshot-"));
  const data = join(directory, "data");
  const conf = join(directory, "conf");
  mkdirSync(conf);
  writeFileSync(join(conf, "storage-schemas.conf"), SCHEMAS);
  const world = fastWorld();
  const rules = await loadStorageRules(world.files, conf);
  const options = { rules, seriesLimit: 1000, headBytes: 1e8 };
  const store = await EmbeddedStore.open(world, silentLog, { ...options, directory: join(data, "store") });
  const state = await openJournal(world.files, silentLog, join(data, "state"));
  const sent: Sent = { durable: [], all: new Set(), lateDurable: [], lateAll: new Set() };
  let stopping = false;
  const sending = send(world, store, sent, () => stopping);
  const counts = { points: 0, segments: 0, logs: 0 };
  try {
    for (let i = 0; i < SNAPSHOTS; i++) {
      await setTimeout(300);
      await state.commit([{ collection: "test", key: "snapshot", value: i }]);
      const before = { durable: [...sent.durable], late: [...sent.lateDurable] };
      const target = join(directory, `snapshot-${i}`);
      const { stdout } = await run(process.execPath, [PROGRAM, "store", "snapshot", target, "--data", data, "--json"]);
      assert.equal(JSON.parse(stdout).notLinked, undefined);
      const nowSeconds = Math.floor(world.clock.wallMs() / 1000) + 1;
      await verify(directory, target, { world, options, nowSeconds, before, sent, state: i, counts });
      rmSync(target, { recursive: true });
    }
  } finally {
    stopping = true;
    await sending;
    await store.close();
    await state.close();
    rmSync(directory, { recursive: true });
  }
  console.log(`snapshots: ${SNAPSHOTS}, ${JSON.stringify(counts)}`);
  assert.ok(counts.segments > SNAPSHOTS, "windows were closed meanwhile");
});

interface Verification {
  readonly world: World;
  readonly options: Omit<Parameters<typeof EmbeddedStore.open>[2], "directory">;
  readonly nowSeconds: number;
  readonly before: { readonly durable: readonly number[]; readonly late: readonly number[] };
  readonly sent: Sent;
  readonly state: number;
  readonly counts: { points: number; segments: number; logs: number };
}

async function verify(directory: string, snapshot: string, check: Verification): Promise<void> {
  const { world, options, nowSeconds, before, sent, counts } = check;
  const restored = join(directory, "restored");
  const { stdout } = await run(process.execPath, [PROGRAM, "store", "restore", snapshot, "--data", restored, "--json"]);
  assert.ok(JSON.parse(stdout).files > 2);
  for (const name of readdirSync(join(restored, "store/1-10"))) {
    if (name.endsWith(".seg")) counts.segments++;
    else counts.logs++;
  }
  const store = await EmbeddedStore.open(world, silentLog, { ...options, directory: join(restored, "store") });
  const state = await openJournal(world.files, silentLog, join(restored, "state"));
  try {
    assert.deepEqual(store.stats().damage, []);
    assert.equal((await state.load("test")).get("snapshot"), check.state);
    for (let n = 0; n <= SERIES; n++) {
      const isLate = n === SERIES;
      const name = isLate ? "s.late" : `s.${n}`;
      const found = await readSeries(store, name, nowSeconds);
      for (const seconds of isLate ? before.late : before.durable) {
        assert.equal(found.get(seconds), valueAt(n, seconds), `${name} at ${seconds}: it was durable`);
      }
      for (const [seconds, value] of found) {
        assert.equal(value, valueAt(n, seconds), `${name} at ${seconds}`);
        assert.ok((isLate ? sent.lateAll : sent.all).has(seconds), `${name} at ${seconds} was sent`);
        counts.points++;
      }
    }
  } finally {
    await store.close();
    await state.close();
    rmSync(restored, { recursive: true });
  }
}

test("a snapshot goes into an empty directory only; a restore, too, and not out of a damaged one", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-snapshot-"));
  const data = join(directory, "data");
  const world = realWorld();
  const rules = await loadStorageRules(world.files, undefined);
  const options = { directory: join(data, "store"), rules, seriesLimit: 10, headBytes: 1e8 };
  const store = await EmbeddedStore.open(world, silentLog, options);
  append(store, ["a.b", Math.floor(Date.now() / 1000), 1]);
  await store.durable();
  const fails = async (...argv: string[]): Promise<string> => {
    const error = await run(process.execPath, [PROGRAM, "store", ...argv]).catch((thrown: unknown) => thrown);
    assert.equal((error as { code?: number }).code, 1, `${argv}: ${error}`);
    return (error as { stderr: string }).stderr;
  };
  try {
    const snapshot = join(directory, "snapshot");
    await run(process.execPath, [PROGRAM, "store", "snapshot", snapshot, "--data", data]);
    assert.match(await fails("snapshot", snapshot, "--data", data), /is not empty/);
    assert.match(await fails("snapshot", join(directory, "other"), "--data", directory), /there is no data of ours/);
    assert.ok(!existsSync(join(directory, "other")));
    assert.match(await fails("restore", snapshot, "--data", data), /cannot restore into .* it is not empty/);
    const wal = join(snapshot, "store/10-60-600");
    const [log] = readdirSync(wal).filter((name) => statSync(join(wal, name)).size > 8);
    const manifest = join(snapshot, "snapshot.json");
    const handle = await world.files.open(join(wal, log!), "update");
    await handle.write(Uint8Array.of(0x77), (await handle.size()) - 1);
    await handle.close();
    const target = join(directory, "target");
    assert.match(
      await fails("restore", snapshot, "--data", target),
      /wal-\d+\.log: its last \d+ bytes are no whole record/,
    );
    rmSync(join(wal, log!));
    assert.match(await fails("restore", snapshot, "--data", target), /is not there, and had/);
    rmSync(manifest);
    assert.match(await fails("restore", snapshot, "--data", target), /it is no snapshot, or one that was not finished/);
    await assert.rejects(world.files.list(target), (error) => errorCode(error) === "ENOENT");
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
});
