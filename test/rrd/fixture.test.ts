/** A file that rrdtool 1.7.2 made, and what it says of it: so that a machine without rrdtool holds us to it as well. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dumpRrd, loadWhole } from "#src/rrd/dump.ts";
import { planFetch } from "#src/rrd/fetch.ts";
import type { ConsolidationFunction } from "#src/rrd/header.ts";
import { formatInfo, rrdInfo } from "#src/rrd/info.ts";
import { rrdOfBytes } from "#src/rrd/read.ts";
import { formatFetch } from "#src/rrd/rows.ts";
import { assertSameDump, assertSameText } from "../support/same-text.ts";

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../../test/fixtures/rrd/${name}`, import.meta.url));
}

const FILE = rrdOfBytes(fixture("rrdtool.rrd"), "rrdtool.rrd");
const LAST = FILE.header.lastUpdate.seconds;

test("info", () => {
  assertSameText(formatInfo(rrdInfo(FILE.header, FILE.headerBytes)), fixture("info.txt").toString(), "info");
});

test("dump", async () => {
  assertSameDump([...dumpRrd(await loadWhole(FILE))].join(""), fixture("dump.xml").toString(), "dump");
});

const FETCHES: readonly (readonly [name: ConsolidationFunction, back: number, forth: number, resolution: number])[] = [
  ["AVERAGE", 150, 20, 1],
  ["MAX", 250, -5, 30],
  ["HWPREDICT", 80, -5, 1],
];

for (const [name, back, forth, resolutionSeconds] of FETCHES) {
  test(`fetch ${name}`, async () => {
    const span = { startSeconds: LAST - back, endSeconds: LAST + forth };
    const plan = planFetch(FILE.header, { function: name, ...span, resolutionSeconds });
    const text = [...formatFetch(FILE.header, plan, await FILE.readRows(plan))].join("");
    assert.equal(text, fixture(`fetch-${name.toLowerCase()}.txt`).toString());
  });
}
