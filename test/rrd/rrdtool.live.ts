/** Held against Debian's rrdtool: what it writes we read, what we write it reads, and after the same updates both are equal. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { realWorld } from "#src/core/real/world.ts";
import { createRrd, type RrdSpec } from "#src/rrd/create.ts";
import { dumpRrd, loadWhole } from "#src/rrd/dump.ts";
import { planFetch } from "#src/rrd/fetch.ts";
import type { ConsolidationFunction } from "#src/rrd/header.ts";
import { formatInfo, rrdInfo } from "#src/rrd/info.ts";
import { readRrd } from "#src/rrd/read.ts";
import { formatFetch } from "#src/rrd/rows.ts";
import { updateRrd } from "#src/rrd/update.ts";
import { createRrdFile, updateRrdFile } from "#src/rrd/write-file.ts";
import { type SeededRandom, seeded } from "../support/random.ts";
import { createCommand, randomSpec, randomUpdates, updateCommand } from "../support/rrd-files.ts";
import { AMD64, translateRrd } from "../support/rrd-machine.ts";
import { startRrdtool } from "../support/rrdtool.ts";
import { assertSameDump, assertSameText } from "../support/same-text.ts";

const FILES = 240;
const FETCHES = 6;

const world = realWorld();
const directory = mkdtempSync(join(tmpdir(), "lockstep-rrd-"));
const rrdtool = startRrdtool(directory);
after(async () => {
  await rrdtool.stop();
  rmSync(directory, { recursive: true });
});

function ourInfo(path: string, shownAs: string): Promise<string> {
  return readRrd(world, path, async ({ header, headerBytes }) =>
    formatInfo(rrdInfo({ ...header, source: { ...header.source, name: shownAs } }, headerBytes)),
  );
}

async function ourDump(path: string): Promise<string> {
  return [...dumpRrd(await readRrd(world, path, loadWhole))].join("");
}

/** What updates have written, to the last bit: the live part of the header, but for where in the ring it is, and the rows. */
async function written(path: string): Promise<readonly Uint8Array[]> {
  const { header, headerBytes, rows } = await readRrd(world, path, loadWhole);
  return [headerBytes.slice(header.at.live, header.at.pointers), ...rows];
}

interface Fetch {
  readonly name: ConsolidationFunction;
  readonly start: number;
  readonly end: number;
  readonly resolution: number;
}

const FUNCTIONS = ["AVERAGE", "MIN", "MAX", "LAST"] as const;

function randomFetch(random: SeededRandom, spec: RrdSpec, last: number): Fetch {
  const span = spec.stepSeconds * random.pick([1, 10, 100, 1000]);
  const start = Math.max(spec.startSeconds, last) - random.below(span) + random.between(-1, 1);
  const resolution = spec.stepSeconds * random.pick([1, 2, 3, 5, 12, 40]) - random.below(2);
  return {
    name: random.pick(FUNCTIONS),
    start,
    end: start + random.below(span * 2),
    resolution: Math.max(1, resolution),
  };
}

function ourFetch(path: string, { name, start, end, resolution }: Fetch): Promise<string> {
  return readRrd(world, path, async ({ header, readRows }) => {
    const plan = planFetch(header, {
      function: name,
      startSeconds: start,
      endSeconds: end,
      resolutionSeconds: resolution,
    });
    return [...formatFetch(header, plan, await readRows(plan))].join("");
  });
}

/** What rrdtool says, or that it refuses. */
async function asked(command: string): Promise<string> {
  return rrdtool.run(command).catch((error: Error) => `refused: ${error.message}`);
}

async function answered(text: Promise<string>): Promise<string> {
  return text.catch((error: Error & { code?: string }) => `refused: ${error.code}`);
}

async function assertSameFetches(random: SeededRandom, spec: RrdSpec, file: string, last: number): Promise<void> {
  for (let i = 0; i < FETCHES; i++) {
    const fetch = randomFetch(random, spec, last);
    const { name, start, end, resolution } = fetch;
    const theirs = await asked(`fetch ${file} ${name} --start ${start} --end ${end} --resolution ${resolution}`);
    const ours = await answered(ourFetch(join(directory, file), fetch));
    if (theirs.startsWith("refused")) assert.equal(ours, "refused: RRD_NO_ARCHIVE", theirs);
    else assertSameText(ours, theirs, `${file} ${JSON.stringify(fetch)}`);
  }
}

test(`${FILES} random files: the same updates make the same file, and both read both alike`, async (t) => {
  const random = seeded();
  t.diagnostic(`SEED=${random.seed}`);
  for (let i = 0; i < FILES; i++) {
    const spec = randomSpec(random);
    const [theirs, ours] = [`theirs${i}.rrd`, `ours${i}.rrd`];
    const say = `file ${i} of SEED=${random.seed}: ${JSON.stringify(spec)}`;
    await rrdtool.run(createCommand(theirs, spec));
    await createRrdFile(world.files, join(directory, ours), spec);
    const updates = randomUpdates(random, spec, random.pick([0, 1, 5, 60, 150]));
    while (updates.length > 0) {
      const batch = updates.splice(0, 50);
      await rrdtool.run(updateCommand(theirs, batch));
      await updateRrdFile(world.files, join(directory, ours), batch);
    }
    const dumped = await rrdtool.run(`dump ${theirs}`);
    assert.deepEqual(await written(join(directory, ours)), await written(join(directory, theirs)), `bits: ${say}`);
    assertSameDump(await ourDump(join(directory, theirs)), dumped, `our dump of theirs: ${say}`);
    assertSameDump(await ourDump(join(directory, ours)), dumped, `our dump of ours: ${say}`);
    assertSameText(await rrdtool.run(`dump ${ours}`), dumped, `their dump of ours: ${say}`);
    for (const file of [theirs, ours]) {
      assertSameText(await ourInfo(join(directory, file), file), await rrdtool.run(`info ${file}`), say);
      const last = Number(/last_update = (\d+)/.exec(await rrdtool.run(`info ${file}`))![1]);
      await assertSameFetches(random, spec, file, last);
    }
  }
});

test("archives of forecasts are shown as rrdtool shows them, and updates of ours refuse them", async (t) => {
  const random = seeded();
  t.diagnostic(`SEED=${random.seed}`);
  const archives = [
    "RRA:AVERAGE:0.5:1:40 RRA:HWPREDICT:100:0.1:0.0035:12",
    "RRA:AVERAGE:0.5:1:40 RRA:MHWPREDICT:100:0.1:0.0035:12:2 RRA:SEASONAL:12:0.1:1:smoothing-window=0.1",
    "RRA:HWPREDICT:60:0.2:0.01:20:3 RRA:SEASONAL:20:0.1:2 RRA:DEVSEASONAL:20:0.1:2 RRA:DEVPREDICT:60:4 RRA:FAILURES:60:4:9:4",
  ];
  for (const [i, archive] of archives.entries()) {
    const file = `forecast${i}.rrd`;
    await rrdtool.run(`create ${file} --start 1700000000 --step 10 DS:a:GAUGE:30:U:U DS:b:GAUGE:30:U:U ${archive}`);
    for (let step = 1; step <= 90; step++) {
      const time = 1_700_000_000 + step * 10 + (step > 60 ? 200 : 0);
      const reading = random.chance(0.05) ? "U" : (50 + 20 * Math.sin(step / 2) + random.next()).toFixed(6);
      await rrdtool.run(`update ${file} ${time}:${reading}:${step % 12}`);
    }
    const path = join(directory, file);
    assertSameText(await ourInfo(path, file), await rrdtool.run(`info ${file}`), file);
    assertSameDump(await ourDump(path), await rrdtool.run(`dump ${file}`), file);
    for (const name of ["HWPREDICT", "MHWPREDICT", "SEASONAL", "DEVPREDICT", "DEVSEASONAL", "FAILURES"] as const) {
      const fetch = { name, start: 1_700_000_300, end: 1_700_001_100, resolution: 1 };
      const theirs = await asked(`fetch ${file} ${name} --start ${fetch.start} --end ${fetch.end} --resolution 1`);
      const ours = await answered(ourFetch(path, fetch));
      if (theirs.startsWith("refused")) assert.equal(ours, "refused: RRD_NO_ARCHIVE", theirs);
      else assertSameText(ours, theirs, `${file} ${name}`);
    }
    await assert.rejects(
      updateRrdFile(world.files, path, [{ timeSeconds: 1_800_000_000, readings: [1, 2] }]),
      /its archive \d is of M?HWPREDICT/,
    );
  }
});

test("rrdtool reads all versions of the format, as translated, like we do", async (t) => {
  const random = seeded();
  t.diagnostic(`SEED=${random.seed}`);
  for (const version of [1, 2, 3, 4, 5]) {
    for (let i = 0; i < 5; i++) {
      const spec = randomSpec(random);
      const bytes = createRrd(spec);
      updateRrd(bytes, randomUpdates(random, spec, 60));
      const file = `version${version}-${i}.rrd`;
      const path = join(directory, file);
      writeFileSync(path, translateRrd(bytes, AMD64, version));
      assertSameText(await ourInfo(path, file), await rrdtool.run(`info ${file}`), file);
      assertSameDump(await ourDump(path), await rrdtool.run(`dump ${file}`), file);
      await assertSameFetches(random, spec, file, spec.startSeconds + 60 * spec.stepSeconds);
    }
  }
});

test("rrdtool restores our dump", async () => {
  const random = seeded(5);
  const spec = randomSpec(random);
  await createRrdFile(world.files, join(directory, "original.rrd"), spec);
  await updateRrdFile(world.files, join(directory, "original.rrd"), randomUpdates(random, spec, 60));
  const dumped = await ourDump(join(directory, "original.rrd"));
  writeFileSync(join(directory, "dump.xml"), dumped);
  await rrdtool.run("restore dump.xml restored.rrd");
  assertSameDump(await ourDump(join(directory, "restored.rrd")), dumped, "restored");
});
