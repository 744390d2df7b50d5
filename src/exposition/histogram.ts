/**
 * Histograms of a page: buckets by label set, what was added since an earlier look, and quantiles as Prometheus'
 * `histogram_quantile` estimates them (promql/quantile.go `bucketQuantile`).
 */
import { type Label, type MetricFamily, roleOf } from "./family.ts";
import { parseNumber } from "./number.ts";
import { labelKey } from "./series-path.ts";

/** `count` observations were at most `upperBound`: counts are cumulative. */
export interface Bucket {
  readonly upperBound: number;
  readonly count: number;
}

/** The buckets of each label set (without `le`), sorted by bound. A bucket whose `le` is no number is left out. */
export function bucketsByLabels(family: MetricFamily): Map<string, Bucket[]> {
  const byLabels = new Map<string, Bucket[]>();
  for (const sample of family.samples) {
    if (roleOf(family, sample.name) !== "bucket") continue;
    const upperBound = boundOf(sample.labels);
    if (Number.isNaN(upperBound)) continue;
    const key = labelKey(sample.labels.filter((label) => label.name !== "le"));
    const buckets = byLabels.get(key);
    if (buckets === undefined) byLabels.set(key, [{ upperBound, count: sample.value }]);
    else buckets.push({ upperBound, count: sample.value });
  }
  for (const buckets of byLabels.values()) buckets.sort((a, b) => a.upperBound - b.upperBound);
  return byLabels;
}

function boundOf(labels: readonly Label[]): number {
  const le = labels.find((label) => label.name === "le");
  return (le === undefined ? undefined : parseNumber(le.value)) ?? Number.NaN;
}

/**
 * Adds histograms up, over the bounds that all of them have: a cumulative count stays true when a bound between is left
 * out, so histograms of different bounds lose resolution, not truth.
 */
export function addBuckets(histograms: Iterable<readonly Bucket[]>): Bucket[] {
  const sums = new Map<number, { count: number; seen: number }>();
  let histogramCount = 0;
  for (const buckets of histograms) {
    histogramCount++;
    for (const { upperBound, count } of withoutDoubles(buckets)) {
      const sum = sums.get(upperBound);
      if (sum === undefined) sums.set(upperBound, { count, seen: 1 });
      else {
        sum.count += count;
        sum.seen++;
      }
    }
  }
  return [...sums]
    .filter(([, sum]) => sum.seen === histogramCount)
    .map(([upperBound, sum]) => ({ upperBound, count: sum.count }))
    .sort((a, b) => a.upperBound - b.upperBound);
}

/** `le="1"` and `le="1.0"` are one bound; a page that has both says the same thing twice. */
function withoutDoubles(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.filter((bucket, i) => i === 0 || bucket.upperBound !== buckets[i - 1]!.upperBound);
}

/** Histograms by label set, as `bucketsByLabels` gives them. */
export type Histograms = ReadonlyMap<string, readonly Bucket[]>;

/**
 * What was added to all histograms of a family between two looks, together. One that was not there before was empty, and
 * one that is gone takes nothing away.
 */
export function bucketsAdded(before: Histograms, now: Histograms): Bucket[] {
  return addBuckets([...now].map(([labels, buckets]) => addedTo(before.get(labels) ?? [], buckets)));
}

/** Counts that fell, or other bounds, say that counting began anew in between: then all that is there was added since. */
function addedTo(before: readonly Bucket[], now: readonly Bucket[]): readonly Bucket[] {
  const goesOn =
    before.length === now.length &&
    now.every(({ upperBound, count }, i) => upperBound === before[i]!.upperBound && count >= before[i]!.count);
  return goesOn ? now.map(({ upperBound, count }, i) => ({ upperBound, count: count - before[i]!.count })) : now;
}

/**
 * The value below which the share `q` of all observations lies, taking them as spread evenly within each bucket.
 * `buckets` are sorted by bound and end with +Inf. NaN when there is nothing to tell it from: no observation, fewer than
 * two buckets, no +Inf. Observations beyond the highest finite bound give that bound.
 */
export function bucketQuantile(q: number, buckets: readonly Bucket[]): number {
  const last = buckets.length - 1;
  if (Number.isNaN(q) || last < 1 || buckets[last]!.upperBound !== Number.POSITIVE_INFINITY) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const counts = risingCounts(buckets);
  const observations = counts[last]!;
  if (!(observations > 0)) return Number.NaN;
  const rank = q * observations;
  const at = counts.findIndex((count) => count >= rank);
  if (at === last) return buckets[last - 1]!.upperBound;
  const end = buckets[at]!.upperBound;
  if (at === 0 && end <= 0) return end;
  const start = at === 0 ? 0 : buckets[at - 1]!.upperBound;
  const below = at === 0 ? 0 : counts[at - 1]!;
  return start + (end - start) * ((rank - below) / (counts[at]! - below));
}

/** A page is not written in one instant, so a wider bucket can show less than a narrower one: it has at least as much. */
function risingCounts(buckets: readonly Bucket[]): Float64Array {
  const counts = new Float64Array(buckets.length);
  let most = Number.NEGATIVE_INFINITY;
  buckets.forEach((bucket, i) => {
    most = Math.max(most, bucket.count);
    counts[i] = most;
  });
  return counts;
}
