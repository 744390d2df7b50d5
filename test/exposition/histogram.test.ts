import assert from "node:assert/strict";
import { test } from "node:test";
import { addBuckets, type Bucket, bucketQuantile, bucketsAdded, bucketsByLabels } from "#src/exposition/histogram.ts";
import { parsePage } from "#src/exposition/page.ts";

const INF = Number.POSITIVE_INFINITY;

function buckets(...pairs: readonly (readonly [upperBound: number, count: number])[]): Bucket[] {
  return pairs.map(([upperBound, count]) => ({ upperBound, count }));
}

test("a quantile is found within its bucket as if observations were spread evenly", () => {
  const latencies = buckets([0.1, 50], [0.5, 90], [1, 100], [INF, 100]);
  const rows: readonly (readonly [number, number])[] = [
    [0, 0],
    [0.25, 0.05],
    [0.5, 0.1],
    [0.7, 0.3],
    [0.9, 0.5],
    [0.95, 0.75],
    [1, 1],
  ];
  for (const [q, want] of rows) assert.ok(Math.abs(bucketQuantile(q, latencies) - want) < 1e-12, `q ${q}`);
});

test("the edges of a histogram give what Prometheus gives", () => {
  const rows: readonly (readonly [string, number, readonly Bucket[], number])[] = [
    ["beyond the highest bound: that bound", 0.99, buckets([1, 10], [2, 20], [INF, 100]), 2],
    ["a first bucket below zero: its bound", 0.1, buckets([-5, 10], [5, 20], [INF, 20]), -5],
    ["a first bucket that ends at zero", 0.1, buckets([0, 10], [5, 20], [INF, 20]), 0],
    ["within a bucket below zero", 0.75, buckets([-5, 10], [-1, 20], [INF, 20]), -3],
    ["no observations", 0.5, buckets([1, 0], [INF, 0]), Number.NaN],
    ["no +Inf", 0.5, buckets([1, 5], [2, 10]), Number.NaN],
    ["only +Inf", 0.5, buckets([INF, 10]), Number.NaN],
    ["no bucket", 0.5, [], Number.NaN],
    ["q is not a number", Number.NaN, buckets([1, 1], [INF, 1]), Number.NaN],
    ["q below 0", -0.1, buckets([1, 1], [INF, 1]), Number.NEGATIVE_INFINITY],
    ["q above 1", 1.1, buckets([1, 1], [INF, 1]), INF],
    ["a wider bucket that shows less", 0.5, buckets([1, 10], [2, 8], [INF, 10]), 0.5],
    ["a count that is not a number", 0.5, buckets([1, Number.NaN], [INF, 10]), Number.NaN],
  ];
  for (const [what, q, from, want] of rows) assert.equal(bucketQuantile(q, from), want, what);
});

test("what was added is the difference, and all there is after a restart", () => {
  const before = buckets([1, 10], [INF, 20]);
  const rows: readonly (readonly [string, readonly Bucket[], readonly Bucket[]])[] = [
    ["it went on", buckets([1, 13], [INF, 30]), buckets([1, 3], [INF, 10])],
    ["nothing happened", before, buckets([1, 0], [INF, 0])],
    ["one count fell", buckets([1, 2], [INF, 40]), buckets([1, 2], [INF, 40])],
    ["another bound", buckets([2, 13], [INF, 30]), buckets([2, 13], [INF, 30])],
    ["a bound more", buckets([1, 13], [2, 13], [INF, 30]), buckets([1, 13], [2, 13], [INF, 30])],
    ["none any more", [], []],
  ];
  for (const [what, now, want] of rows) {
    assert.deepEqual(bucketsAdded(new Map([["", before]]), new Map([["", now]])), want, what);
  }
});

test("of several histograms each is compared with itself", () => {
  const before = new Map([
    ["goes on", buckets([1, 10], [INF, 20])],
    ["restarts", buckets([1, 500], [INF, 500])],
    ["goes away", buckets([1, 900], [INF, 900])],
  ]);
  const now = new Map([
    ["goes on", buckets([1, 11], [INF, 22])],
    ["restarts", buckets([1, 30], [INF, 40])],
    ["is new", buckets([1, 100], [INF, 300])],
  ]);
  assert.deepEqual(bucketsAdded(before, now), buckets([1, 131], [INF, 342]));
  assert.deepEqual(bucketsAdded(new Map(), new Map()), []);
});

test("histograms add up over the bounds that all of them have", () => {
  assert.deepEqual(
    addBuckets([buckets([0.1, 1], [1, 5], [INF, 6]), buckets([0.1, 10], [0.5, 20], [INF, 30])]),
    buckets([0.1, 11], [INF, 36]),
  );
  assert.deepEqual(addBuckets([buckets([1, 2], [1, 2], [INF, 3])]), buckets([1, 2], [INF, 3]));
  assert.deepEqual(addBuckets([]), []);
});

test("buckets are gathered by their labels without le, and sorted by bound", () => {
  const text =
    "# TYPE h histogram\n" +
    'h_bucket{le="+Inf",a="x"} 9\nh_bucket{a="x",le="0.5"} 4\nh_bucket{a="y",le="1e1"} 2\n' +
    'h_bucket{a="y",le="ten"} 7\nh_bucket{a="y"} 8\nh_count{a="x"} 9\nh_sum{a="x"} 1\n';
  const [family] = parsePage(text).families;
  assert.deepEqual(
    [...bucketsByLabels(family!)],
    [
      ["a=1:x,", buckets([0.5, 4], [INF, 9])],
      ["a=1:y,", buckets([10, 2])],
    ],
  );
});
