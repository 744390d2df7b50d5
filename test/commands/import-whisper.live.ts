/**
 * Whisper files of Debian's making, imported into an empty store that has the same archives: the store answers what
 * whisper's own fetch does, value for value, in every archive.
 *
 * Two things differ, and only where the store is still going to summarise (its last windows, which are open): it sums up
 * what is known at every moment, where whisper has no value before its next update; and of a coarse slot whose finer
 * values are only partly there, the finer ones are left out, since the sum of a part would take the place of the whole.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadStorageRules } from "#src/commands/compose/storage-rules.ts";
import { importWhisperCommand } from "#src/commands/import.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { summaryWindowSlots } from "#src/store/partition.ts";
import { seeded } from "../support/random.ts";
import { atMoment, runCommand } from "../support/run-command.ts";
import { makeWhisperFiles, type ReferenceFile, type ReferenceWindow } from "../support/whisper-reference.ts";

const FILES = 220;
const NOW = 1_795_430_123;
const world = atMoment(realWorld(), () => NOW);

function writeRules(directory: string, files: readonly ReferenceFile[]): void {
  const section = ({ name }: ReferenceFile, lines: readonly string[]): string =>
    [`[${name}]`, `pattern = ^${name.replaceAll(".", "\\.")}$`, ...lines, ""].join("\n");
  const retentions = (file: ReferenceFile): string =>
    file.archives.map(([step, points]) => `${step}:${points}`).join(",");
  mkdirSync(directory);
  writeFileSync(
    join(directory, "storage-schemas.conf"),
    files.map((file) => section(file, [`retentions = ${retentions(file)}`])).join("\n"),
  );
  writeFileSync(
    join(directory, "storage-aggregation.conf"),
    files
      .map((file) => section(file, [`xFilesFactor = ${file.xFilesFactor}`, `aggregationMethod = ${file.method}`]))
      .join("\n"),
  );
}

/** Where an archive may differ: what the store has although whisper has not, and the other way round. */
function openTimes({ archives }: ReferenceFile, step: number): { more: number; lessFrom: number; lessUntil: number } {
  const tier = archives.findIndex(([one]) => one === step);
  const openFrom = (k: number): number => {
    const span = summaryWindowSlots(archives[k]![0]) * archives[k]![0];
    return NOW - (NOW % span);
  };
  const more = tier === 0 ? Number.POSITIVE_INFINITY : openFrom(tier);
  if (tier + 1 === archives.length) return { more, lessFrom: 0, lessUntil: 0 };
  const [, points] = archives[tier]!;
  const oldest = NOW - (NOW % step) + step - points * step;
  const coarse = archives[tier + 1]![0];
  return { more, lessFrom: openFrom(tier + 1), lessUntil: Math.ceil(oldest / coarse) * coarse };
}

test("a store with the same archives answers what whisper does", async () => {
  const { seed } = seeded();
  const directory = mkdtempSync(join(tmpdir(), "lockstep-import-"));
  try {
    const files = makeWhisperFiles(join(directory, "whisper"), FILES, seed, NOW);
    const conf = join(directory, "conf");
    const data = join(directory, "data");
    writeRules(conf, files);
    const argv = [join(directory, "whisper"), "--data", data, "--carbon-conf", conf, "--json"];
    const { status, output } = await runCommand(world, importWhisperCommand, argv);
    const report = JSON.parse(output);
    assert.deepEqual([status, report.series, report.rejects, report.misfits], [0, FILES, {}, []]);
    const counts = { windows: 0, same: 0, more: 0, less: 0 };
    const rules = await loadStorageRules(world.files, conf);
    const options = { directory: join(data, "store"), rules, seriesLimit: 1000, headBytes: 1e8 };
    const store = await EmbeddedStore.open(world, silentLog, options);
    try {
      assert.deepEqual(store.stats().damage, []);
      for (const file of files) {
        for (const window of file.windows) await compare(store, file, window, counts, seed);
      }
    } finally {
      await store.close();
    }
    console.log(`import: ${FILES} files, ${JSON.stringify(counts)}, seed ${seed}`);
    assert.ok(counts.same > 100_000 && counts.less + counts.more < counts.same / 20);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

async function compare(
  store: EmbeddedStore,
  file: ReferenceFile,
  { from, until, found }: ReferenceWindow,
  counts: { windows: number; same: number; more: number; less: number },
  seed: number,
): Promise<void> {
  const what = `seed ${seed}, ${file.name} ${JSON.stringify(file.archives)} ${file.method} ${file.xFilesFactor} (${from}, ${until}]`;
  const series = [{ path: file.name, id: store.names.idOfName(file.name) }];
  const [ours] = await store.fetch({ series, fromSeconds: from, untilSeconds: until, nowSeconds: NOW });
  counts.windows++;
  if (found === undefined || ours === undefined) {
    assert.equal(ours, found, what);
    return;
  }
  const times = [ours.startSeconds, ours.endSeconds, ours.stepSeconds, ours.values.length];
  assert.deepEqual(times, [found.start, found.end, found.step, found.values.length], what);
  const open = openTimes(file, found.step);
  found.values.forEach((value, i) => {
    const time = found.start + i * found.step;
    const our = ours.values[i]!;
    if (value === our || (Number.isNaN(value) && Number.isNaN(our))) counts.same++;
    else if (Number.isNaN(value) && time >= open.more) counts.more++;
    else if (Number.isNaN(our) && time >= open.lessFrom && time < open.lessUntil) counts.less++;
    else assert.fail(`${what}: at ${time} whisper has ${value}, the store ${our}`);
  });
}
