/** Series that go to a thread come out as they went in, wherever their values lay. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FetchedSeries } from "#src/core/series-store.ts";
import { packSeries, unpackSeries } from "#src/query/packed-series.ts";

function series(path: string, values: Float64Array): FetchedSeries {
  return { path, startSeconds: 60, endSeconds: 60 + values.length * 10, stepSeconds: 10, values };
}

test("values of one array are not copied", () => {
  const block = Float64Array.of(9, 1, 2, Number.NaN, 4, 5, 9);
  const list = [
    series("a", block.subarray(1, 3)),
    series("b", block.subarray(3, 6)),
    series("none", block.subarray(6, 6)),
  ];
  const packed = packSeries(list);
  assert.equal(packed.values.buffer, block.buffer);
  assert.deepEqual(unpackSeries(packed), list);
});

test("values of many arrays are gathered in shared memory", () => {
  const list = [series("a", Float64Array.of(1, 2)), series("b", Float64Array.of(Number.NaN, 3, 4))];
  const packed = packSeries(list);
  assert.ok(packed.values.buffer instanceof SharedArrayBuffer);
  assert.deepEqual(unpackSeries(packed), list);
  assert.deepEqual(unpackSeries(packSeries([])), []);
});
