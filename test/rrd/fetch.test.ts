import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import { newestRowSeconds } from "#src/rrd/fetch.ts";
import { rrdOfBytes } from "#src/rrd/read.ts";
import { fetchText, type Question, START, smallRrd } from "../support/rrd-bytes.ts";

const FILE = smallRrd(Array.from({ length: 12 }, (_, i) => [i + 1, 100 * (i + 1)]));

/** Times from the start, and the values of `load`; `-` where unknown. */
async function rows(question: Omit<Question, "start" | "end"> & { start: number; end: number }): Promise<string> {
  const text = await fetchText(FILE, { ...question, start: START + question.start, end: START + question.end });
  const lines = text.trimEnd().split("\n").slice(2);
  return lines
    .map((line) => {
      const [time, load] = line.split(/:? /).filter((word) => word !== "");
      return `${Number(time) - START}=${load === "-nan" ? "-" : Number(load)}`;
    })
    .join(" ");
}

test("rows are those after the start, up to the row after the end", async () => {
  assert.equal(await rows({ function: "AVERAGE", start: 90, end: 109 }), "100=10 110=11");
  assert.equal(await rows({ function: "AVERAGE", start: 90, end: 110 }), "100=10 110=11 120=12");
  assert.equal(await rows({ function: "AVERAGE", start: 99, end: 99 }), "100=10");
});

test("rows that the archive does not hold any more, or not yet, are unknown", async () => {
  assert.equal(await rows({ function: "AVERAGE", start: 100, end: 135 }), "110=11 120=12 130=- 140=-");
  assert.equal(await rows({ function: "AVERAGE", start: 30, end: 55 }), "40=- 50=5 60=6");
  assert.equal(await rows({ function: "AVERAGE", start: 1000, end: 1015 }), "1010=- 1020=-");
});

test("the archive whose rows are nearest to the resolution is taken, of those that reach back", async () => {
  assert.equal(await rows({ function: "MAX", start: 60, end: 85, resolution: 30 }), "90=9");
  assert.equal(await rows({ function: "MAX", start: 60, end: 65, resolution: 1 }), "70=7");
  assert.equal(await rows({ function: "MAX", start: 0, end: 35, resolution: 1 }), "30=3 60=6");
});

test("rows of one step answer for every function that consolidates measured values", async () => {
  assert.equal(await rows({ function: "LAST", start: 90, end: 95 }), "100=10");
  assert.equal(await rows({ function: "MIN", start: 90, end: 95 }), "100=10");
});

test("the text is that of rrdtool: names right-aligned, eleven digits, -nan", async () => {
  assert.equal(
    await fetchText(FILE, { function: "AVERAGE", start: START + 110, end: START + 125 }),
    "                           load                hits\n\n" +
      "1700000160: 1.2000000000e+01 1.0000000000e+01\n1700000170: -nan -nan\n",
  );
});

test("questions that have no answer are refused with a code", async () => {
  const bytes = smallRrd([]);
  const { header } = rrdOfBytes(bytes, "x.rrd");
  assert.equal(newestRowSeconds(header, header.archives[1]!), START - (START % 30));
  const refused = async (question: Question, code: string) =>
    assert.rejects(
      fetchText(bytes, question),
      (error) => error instanceof LockstepError && error.code === code && error.message.includes("x.rrd"),
    );
  await refused({ function: "AVERAGE", start: 20, end: 10 }, "RRD_RANGE");
  await refused({ function: "AVERAGE", start: Number.NaN, end: 10 }, "RRD_RANGE");
  await refused({ function: "AVERAGE", start: 0, end: 1e12 }, "RRD_RANGE");
});
