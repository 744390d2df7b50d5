/**
 * An import that is killed again and again, in the middle of whatever it does, and started again: at the end everything
 * is there as it is after one that was left alone. Then what its data directory says to snapshots on other file systems,
 * and to an aggregator that runs.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { loadStorageRules } from "#src/commands/compose/storage-rules.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { seeded } from "../support/random.ts";
import { makeWhisperFiles } from "../support/whisper-reference.ts";

const PROGRAM = join(import.meta.dirname, "../../../dist/main.js");
const run = promisify(execFile);
const KILLS = 8;
const COPIES = 40;
const world = realWorld();

/** Starts an import and kills it after a while; true when it was done before. */
async function importAndKill(argv: readonly string[], afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, ...argv], { stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const code = await Promise.race([ended, setTimeout(afterMs, undefined)]);
  if (code === undefined) child.kill("SIGKILL");
  await ended;
  return code === 0;
}

/** What the store answers for every series, in each archive. */
async function contentsOf(data: string, conf: string, names: readonly string[], nowSeconds: number): Promise<string[]> {
  const rules = await loadStorageRules(world.files, conf);
  const options = { directory: join(data, "store"), rules, seriesLimit: 100_000, headBytes: 1e8 };
  const store = await EmbeddedStore.open(world, silentLog, options);
  try {
    assert.equal(store.stats().series, names.length);
    assert.deepEqual(store.stats().damage, []);
    const lines: string[] = [];
    for (const path of names) {
      for (const ageSeconds of [3_500, 86_000, 600_000]) {
        const series = [{ path, id: store.names.idOfName(path) }];
        const query = { series, fromSeconds: nowSeconds - ageSeconds, untilSeconds: nowSeconds - 1_000, nowSeconds };
        const [found] = await store.fetch(query);
        lines.push(`${path} ${found?.stepSeconds} ${found?.startSeconds} ${found?.values}`);
      }
    }
    return lines;
  } finally {
    await store.close();
  }
}

test(`an import that is killed ${KILLS} times loses nothing, and ends with the same as one that is not`, async () => {
  const random = seeded();
  const directory = mkdtempSync(join(tmpdir(), "lockstep-killed-"));
  try {
    const whisper = join(directory, "whisper");
    const nowSeconds = Math.floor(Date.now() / 1000);
    const made = makeWhisperFiles(whisper, 40, random.seed, nowSeconds);
    const names: string[] = [];
    for (const { path, name } of made) {
      for (let copy = 0; copy < COPIES; copy++) {
        mkdirSync(join(whisper, `copy${copy}`), { recursive: true });
        copyFileSync(path, join(whisper, `copy${copy}`, `${name.replaceAll(".", "-")}.wsp`));
        names.push(`copy${copy}.${name.replaceAll(".", "-")}`);
      }
      rmSync(path);
    }
    const conf = join(directory, "conf");
    mkdirSync(conf);
    writeFileSync(join(conf, "storage-schemas.conf"), "[all]\npattern = .*\nretentions = 10s:1h,1m:1d,10m:1y\n");
    const argvFor = (data: string) => ["import", "whisper", whisper, "--data", data, "--carbon-conf", conf];
    const killed = join(directory, "killed");
    let done = false;
    let kills = 0;
    for (; kills < KILLS && !done; kills++) done = await importAndKill(argvFor(killed), random.between(300, 4_000));
    const last = await run(process.execPath, [PROGRAM, ...argvFor(killed), "--json"]);
    const report = JSON.parse(last.stdout);
    assert.equal(report.filesDone, names.length);
    const alone = join(directory, "alone");
    const once = JSON.parse((await run(process.execPath, [PROGRAM, ...argvFor(alone), "--json"])).stdout);
    assert.deepEqual([once.series, once.filesBefore], [names.length, 0]);
    assert.ok(once.misfits.length > 0, "whose archives are others is said");
    assert.deepEqual(
      await contentsOf(killed, conf, names, nowSeconds),
      await contentsOf(alone, conf, names, nowSeconds),
    );
    console.log(`killed: ${kills} kills, ${report.filesBefore} files done before the last start, seed ${random.seed}`);

    await refusesWhileOpen(alone, argvFor(alone));
    await snapshotElsewhere(alone);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

async function refusesWhileOpen(data: string, argv: readonly string[]): Promise<void> {
  const lock = await world.files.lock(join(data, "lock"));
  try {
    for (const words of [argv, ["store", "repair", data]]) {
      const error = await run(process.execPath, [PROGRAM, ...words]).catch((thrown: unknown) => thrown);
      assert.match(
        String((error as { stderr?: string }).stderr),
        /cannot use the data directory .* is held by process \d+/,
      );
    }
    await run(process.execPath, [PROGRAM, "store", "check", data]); // looking is allowed
  } finally {
    await lock.release();
  }
}

/** A file system in memory, as Linux has one: no link leads there. */
async function snapshotElsewhere(data: string): Promise<void> {
  assert.ok(existsSync("/dev/shm"));
  const target = mkdtempSync("/dev/shm/lockstep-snapshot-");
  try {
    assert.notEqual(statSync(target).dev, statSync(data).dev, "it is another file system");
    const { stdout } = await run(process.execPath, [PROGRAM, "store", "snapshot", target, "--data", data]);
    assert.match(stdout, /segments could not be linked: .*EXDEV/);
    assert.match(stdout, /all of it copied/);
    assert.ok(readdirSync(join(target, "store/10-60-600")).some((name) => name.endsWith(".seg")));
    const check = await run(process.execPath, [PROGRAM, "store", "check", target]);
    assert.match(check.stdout, /^sound: /);
  } finally {
    rmSync(target, { recursive: true });
  }
}
