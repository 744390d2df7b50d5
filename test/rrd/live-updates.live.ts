/** A file that rrdtool writes to while we read it: what is read is true, and every row is forwarded once, in order. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { realWorld } from "#src/core/real/world.ts";
import { formatExponential } from "#src/rrd/c-format.ts";
import { planArchive } from "#src/rrd/fetch.ts";
import { readRrd } from "#src/rrd/read.ts";
import { decodeRows } from "#src/rrd/rows.ts";
import { fetchedColumn, forwardFrom } from "../support/forwarded.ts";
import { seeded } from "../support/random.ts";
import { startRrdtool } from "../support/rrdtool.ts";

const START = 1_700_000_000;
const UPDATES = 2_500;

const world = realWorld();
const directory = mkdtempSync(join(tmpdir(), "lockstep-rrd-"));
const rrdtool = startRrdtool(directory);
after(async () => {
  await rrdtool.stop();
  rmSync(directory, { recursive: true });
});

test("what is read while rrdtool writes is true, and is forwarded once", async (t) => {
  const random = seeded();
  t.diagnostic(`SEED=${random.seed}`);
  const path = join(directory, "live.rrd");
  // The ring goes around several times, and the value of a row tells its time.
  await rrdtool.run(
    `create live.rrd --start ${START} --step 1 DS:x:GAUGE:10:U:U RRA:AVERAGE:0.5:1:700 RRA:AVERAGE:0.5:10:100`,
  );
  const forwarded = forwardFrom(world, directory);
  const truth: [number, string][] = [];
  let writing = true;
  const writer = (async () => {
    for (let i = 1; i <= UPDATES; i++) {
      await rrdtool.run(`update live.rrd ${START + i}:${START + i}`);
      if (i % 500 === 0) {
        truth.push(
          ...fetchedColumn(await rrdtool.run(`fetch live.rrd AVERAGE -s ${START + i - 500} -e ${START + i - 1}`), "x"),
        );
      }
      if (random.chance(0.1)) await setTimeout(random.below(30));
    }
    writing = false;
  })();
  let reads = 0;
  while (writing) {
    await forwarded.collect();
    await readRrd(world, path, async ({ header, readRows }) => {
      for (const archive of header.archives) {
        const plan = planArchive(header, archive);
        decodeRows(header, await readRows(plan)).forEach((value, i) => {
          const seconds = plan.startSeconds + (i + 1) * archive.rowSeconds;
          const want = seconds - (archive.rowSeconds - 1) / 2; // the average of the seconds of a row
          assert.ok(Number.isNaN(value) || value === want, `${value} at ${seconds}`);
        });
      }
    });
    reads++;
  }
  await writer;
  await forwarded.collect();
  t.diagnostic(`${reads} reads during ${UPDATES} updates`);
  assert.ok(reads > 20);
  const rows = forwarded.rows.get("rrd.raw.live.x")!;
  assert.deepEqual(
    rows.map(([seconds, value]) => [seconds, formatExponential(value)]),
    truth,
  );
  assert.deepEqual(forwarded.logged, []);
});
