import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { realWorld } from "#src/core/real/world.ts";
import { createRrd, type DataSourceSpec, type RrdSpec } from "#src/rrd/create.ts";
import { planArchive } from "#src/rrd/fetch.ts";
import type { Reading } from "#src/rrd/pdp.ts";
import { rrdOfBytes } from "#src/rrd/read.ts";
import { decodeRows } from "#src/rrd/rows.ts";
import { updateRrd } from "#src/rrd/update.ts";
import { createRrdFile, updateRrdFile } from "#src/rrd/write-file.ts";
import { SMALL, START } from "../support/rrd-bytes.ts";

/** The rows of the first archive, of one data source, updated every ten seconds; null where unknown. */
async function rowsOf(dataSource: Partial<DataSourceSpec>, readings: readonly Reading[]): Promise<(number | null)[]> {
  const spec: RrdSpec = {
    ...SMALL,
    dataSources: [{ name: "x", type: "GAUGE", heartbeatSeconds: 25, ...dataSource } as DataSourceSpec],
    archives: [{ function: "AVERAGE", xff: 0.5, stepsPerRow: 1, rows: readings.length }],
  };
  const bytes = createRrd(spec);
  updateRrd(
    bytes,
    readings.map((reading, i) => ({ timeSeconds: START + 10 * (i + 1), readings: [reading] })),
  );
  const { header, readRows } = rrdOfBytes(bytes, "x.rrd");
  const values = decodeRows(header, await readRows(planArchive(header, header.archives[0]!)));
  return [...values].map((value) => (Number.isNaN(value) ? null : value));
}

test("each type of data source makes rates of readings in its own way", async () => {
  assert.deepEqual(await rowsOf({ type: "GAUGE" }, [1.5, -2, undefined, "3"]), [1.5, -2, null, 3]);
  assert.deepEqual(await rowsOf({ type: "ABSOLUTE" }, [10, 25, 0]), [1, 2.5, 0]);
  assert.deepEqual(await rowsOf({ type: "COUNTER" }, [100, 150, 250n, "U", 5]), [null, 5, 10, null, null]);
  assert.deepEqual(await rowsOf({ type: "DERIVE" }, [100, 90, 110]), [null, -1, 2]);
  assert.deepEqual(await rowsOf({ type: "DCOUNTER" }, [0.5, 3, 1, 2]), [null, 0.25, null, 0.1]);
  assert.deepEqual(await rowsOf({ type: "DDERIVE" }, [0.5, 3, -2]), [null, 0.25, -0.5]);
});

test("a counter that goes around, at 32 bits or at 64, goes on", async () => {
  assert.deepEqual(await rowsOf({ type: "COUNTER" }, [2 ** 32 - 1, 99]), [null, 9.9]);
  // 104857.6, but for what doubles of that size are apart: rrdtool's answer.
  assert.deepEqual(await rowsOf({ type: "COUNTER" }, [2n ** 64n - 2n ** 20n, 0]), [null, 104_652.8]);
});

test("rates outside of the limits are unknown", async () => {
  assert.deepEqual(await rowsOf({ min: 0, max: 10 }, [5, 11, -1, 10]), [5, null, null, 10]);
});

const REFUSED: readonly (readonly [what: string, type: DataSourceSpec["type"], reading: Reading, message: RegExp])[] = [
  ["a fraction for a COUNTER", "COUNTER", 1.5, /1\.5 is not a whole number from 0, as x needs/],
  ["a negative COUNTER", "COUNTER", -1, /-1 is not a whole number from 0/],
  ["text for a DERIVE", "DERIVE", "a lot", /a lot is not a whole number/],
  ["text for a GAUGE", "GAUGE", "1,5", /1,5 is no number/],
];

for (const [what, type, reading, message] of REFUSED) {
  test(`${what} is refused`, async () => {
    await assert.rejects(rowsOf({ type }, [reading]), { code: "RRD_UPDATE", message });
  });
}

test("an update that is refused changes nothing", () => {
  const bytes = createRrd(SMALL);
  updateRrd(bytes, [{ timeSeconds: START + 5, readings: [1, 2] }]);
  const before = bytes.slice();
  for (const [timeSeconds, readings] of [
    [START + 5, [1, 2]],
    [START + 4, [1, 2]],
    [Number.NaN, [1, 2]],
    [START + 6, [1]],
    [START + 6, [1, 2, 3]],
    [START + 6, [1, "x"]],
  ] as const) {
    assert.throws(() => updateRrd(bytes, [{ timeSeconds, readings }], "x.rrd"), /^LockstepError: cannot update x\.rrd/);
    assert.deepEqual(bytes, before);
  }
});

const WRONG_SPECS: readonly (readonly [change: Partial<RrdSpec>, message: RegExp])[] = [
  [{ stepSeconds: 0 }, /stepSeconds is 0/],
  [{ startSeconds: 1.5 }, /startSeconds is 1\.5/],
  [{ dataSources: [] }, /needs a data source/],
  [{ archives: [] }, /needs an archive/],
  [{ dataSources: [SMALL.dataSources[0]!, SMALL.dataSources[0]!] }, /two data sources are named load/],
  [{ dataSources: [{ name: "a.b", type: "GAUGE", heartbeatSeconds: 1 }] }, /a\.b is no name/],
  [{ dataSources: [{ name: "a", type: "GAUGE", heartbeatSeconds: 0 }] }, /heartbeat of a is 0/],
  [{ dataSources: [{ name: "a", type: "GAUGE", heartbeatSeconds: 1, min: 2, max: 1 }] }, /min of a/],
  [{ dataSources: [{ name: "a", type: "COMPUTE", expression: "b,1,+" }] }, /b is no operator/],
  [{ archives: [{ function: "AVERAGE", xff: 1, stepsPerRow: 1, rows: 1 }] }, /xff is 1/],
  [{ archives: [{ function: "AVERAGE", xff: 0, stepsPerRow: 0.5, rows: 1 }] }, /stepsPerRow is 0\.5/],
  [{ archives: [{ function: "AVERAGE", xff: 0, stepsPerRow: 1, rows: 0 }] }, /rows is 0/],
];

for (const [change, message] of WRONG_SPECS) {
  test(`no file is created where ${String(message).slice(1, -1).replaceAll("\\", "")}`, () => {
    assert.throws(() => createRrd({ ...SMALL, ...change }), { code: "RRD_SPEC", message });
  });
}

test("on a disk, updates make the same file as in memory, and a missing file stays missing", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-rrd-"));
  const { files } = realWorld();
  const path = join(directory, "x.rrd");
  const updates = Array.from({ length: 40 }, (_, i) => ({ timeSeconds: START + 7 * (i + 1), readings: [i, i * i] }));
  const bytes = createRrd(SMALL);
  try {
    await createRrdFile(files, path, SMALL);
    for (let i = 0; i < updates.length; i += 3) await updateRrdFile(files, path, updates.slice(i, i + 3));
    updateRrd(bytes, updates);
    assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
    await assert.rejects(updateRrdFile(files, join(directory, "none.rrd"), updates), { code: "ENOENT" });
    assert.deepEqual(await files.list(directory), ["x.rrd"]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
