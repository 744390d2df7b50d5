/** Files that a running collectd writes: found, read while they are written, every row forwarded once, and equal to rrdtool's reading. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { findRrdFiles } from "#src/collectors/rrd/find-files.ts";
import { nameNode } from "#src/core/metric-name.ts";
import { realWorld } from "#src/core/real/world.ts";
import { formatExponential } from "#src/rrd/c-format.ts";
import { formatInfo, rrdInfo } from "#src/rrd/info.ts";
import { readRrd } from "#src/rrd/read.ts";
import { fetchedColumn, forwardFrom } from "../support/forwarded.ts";
import { startProgram, until } from "../support/live.ts";
import { startRrdtool } from "../support/rrdtool.ts";
import { assertSameText } from "../support/same-text.ts";

const RUN_MS = 9_000;

const world = realWorld();
const directory = mkdtempSync(join(tmpdir(), "lockstep-collectd-"));
const data = join(directory, "rrd");
const rrdtool = startRrdtool(directory);
after(async () => {
  await rrdtool.stop();
  rmSync(directory, { recursive: true });
});

/** Nothing that listens or sends. */
const CONFIGURATION = `
Hostname "node-1.example"
FQDNLookup false
Interval 1
BaseDir "${directory}"
PIDFile "${directory}/collectd.pid"
LoadPlugin logfile
<Plugin logfile>
  File "${directory}/collectd.log"
</Plugin>
LoadPlugin load
LoadPlugin memory
LoadPlugin cpu
LoadPlugin uptime
LoadPlugin contextswitch
LoadPlugin rrdtool
<Plugin rrdtool>
  DataDir "${data}"
  StepSize 1
  HeartBeat 5
  RRARows 100
  RRATimespan 60
  RRATimespan 600
  CacheTimeout 0
  CacheFlush 1
</Plugin>
`;

async function rrdFiles(): Promise<readonly { readonly path: string; readonly stem: string }[]> {
  return (await findRrdFiles(world.files, [data], true)).files;
}

test("every row that collectd writes is forwarded once, and is what rrdtool reads", async (t) => {
  writeFileSync(join(directory, "collectd.conf"), CONFIGURATION);
  const collectd = startProgram("/usr/sbin/collectd", ["-f", "-C", join(directory, "collectd.conf")]);
  const forwarded = forwardFrom(world, data);
  try {
    await until(
      async () => ((await rrdFiles()).length > 3 ? true : undefined),
      () => collectd.output(),
    );
    for (const end = performance.now() + RUN_MS; performance.now() < end; ) {
      await forwarded.collect();
      await setTimeout(200);
    }
  } finally {
    await collectd.stop();
  }
  await forwarded.collect();
  const files = await rrdFiles();
  let count = 0;
  for (const { path, stem } of files) {
    const file = relative(directory, path);
    const info = await readRrd(world, path, async ({ header, headerBytes }) => {
      return formatInfo(rrdInfo({ ...header, source: { ...header.source, name: file } }, headerBytes));
    });
    assertSameText(info, await rrdtool.run(`info ${file}`), file);
    const last = Number(/last_update = (\d+)/.exec(info)![1]);
    const fetched = await rrdtool.run(`fetch ${file} AVERAGE -r 1 -s ${last - 58} -e ${last - 1}`);
    for (const [, dataSource] of info.matchAll(/ds\[(.*?)\]\.index/g)) {
      const series = `rrd.raw.${stem.split("/").map(nameNode).join(".")}.${dataSource}`;
      const rows = forwarded.rows.get(series) ?? [];
      assert.deepEqual(
        rows.map(([seconds, value]) => [seconds, formatExponential(value)]),
        fetchedColumn(fetched, dataSource!),
        series,
      );
      count += rows.length;
    }
  }
  t.diagnostic(`${files.length} files, ${count} values`);
  assert.ok(count > files.length * 4);
  assert.deepEqual(forwarded.logged, []);
});
