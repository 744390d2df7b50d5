/**
 * An import that is killed again and again, in the middle of whatever it does, and started again: at the end every value
 * of every archive is there. Then what its data directory says while somebody has it, and to a snapshot on another file
 * system.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
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
import { writeWhisperFile } from "../support/whisper-file.ts";

const PROGRAM = join(import.meta.dirname, "../../../dist/main.js");
const run = promisify(execFile);
const KILLS = 5;
const SERIES = 3_000;
/** How long the test may take from when the files are written. */
const EDGE_SECONDS = 300;
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

const ARCHIVES = [
  [10, 3_600],
  [60, 86_400],
  [600, 60 * 86_400],
] as const;

/** What a series has at a time in an archive: it tells all three. */
const valueAt = (n: number, step: number, seconds: number): number => n * 1e6 + step * 1e3 + ((seconds / step) % 997);

function writeFiles(directory: string, nowSeconds: number): string[] {
  return Array.from({ length: SERIES }, (_, n) => {
    const archives = ARCHIVES.map(([stepSeconds, retentionSeconds]) => {
      const points = retentionSeconds / stepSeconds;
      const startSeconds = nowSeconds - (nowSeconds % stepSeconds) - (points - 1) * stepSeconds;
      const values = Array.from({ length: points }, (_, i) => valueAt(n, stepSeconds, startSeconds + i * stepSeconds));
      return { stepSeconds, retentionSeconds, startSeconds, values };
    });
    const name = `killed.d${n % 7}.s${n}`;
    writeWhisperFile(directory, { name, archives });
    return name;
  });
}

/** Every archive of every series, but for its two ends, which move on with time. */
async function expectAll(data: string, conf: string, names: readonly string[], nowSeconds: number): Promise<void> {
  const rules = await loadStorageRules(world.files, conf);
  const options = { directory: join(data, "store"), rules, seriesLimit: 100_000, headBytes: 1e8 };
  const store = await EmbeddedStore.open(world, silentLog, options);
  try {
    assert.equal(store.stats().series, names.length);
    assert.deepEqual(store.stats().damage, []);
    for (const [n, path] of names.entries()) {
      for (const [step, retention] of ARCHIVES) {
        const series = [{ path, id: store.names.idOfName(path) }];
        const fromSeconds = nowSeconds - retention + EDGE_SECONDS + step;
        const query = { series, fromSeconds, untilSeconds: nowSeconds - EDGE_SECONDS, nowSeconds };
        const [found] = await store.fetch(query);
        assert.equal(found!.stepSeconds, step);
        found!.values.forEach((value, i) => {
          const at = found!.startSeconds + i * step;
          if (value !== valueAt(n, step, at)) assert.fail(`${path} ${step} s at ${at}: ${value}`);
        });
      }
    }
  } finally {
    await store.close();
  }
}

test(`an import that is killed ${KILLS} times loses nothing`, async () => {
  const random = seeded();
  const directory = mkdtempSync(join(tmpdir(), "lockstep-killed-"));
  try {
    const whisper = join(directory, "whisper");
    const nowSeconds = Math.floor(Date.now() / 1000);
    const names = writeFiles(whisper, nowSeconds);
    const conf = join(directory, "conf");
    mkdirSync(conf);
    writeFileSync(join(conf, "storage-schemas.conf"), "[all]\npattern = .*\nretentions = 10s:1h,1m:1d,10m:60d\n");
    const data = join(directory, "data");
    const argv = ["import", "whisper", whisper, "--data", data, "--carbon-conf", conf];
    let kills = 0;
    while (kills < KILLS && !(await importAndKill(argv, random.between(600, 4_000)))) kills++;
    const report = JSON.parse((await run(process.execPath, [PROGRAM, ...argv, "--json"])).stdout);
    assert.deepEqual([report.filesDone, report.rejects, report.misfits], [names.length, {}, []]);
    await expectAll(data, conf, names, nowSeconds);
    console.log(`killed: ${kills} kills, ${report.filesBefore} files done before the last start, seed ${random.seed}`);
    assert.ok(kills > 0);

    await refusesWhileOpen(data, argv);
    await snapshotElsewhere(data);
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
