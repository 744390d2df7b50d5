/**
 * A page of Posit Connect → our own tree, by the dictionary in connect/prometheus-names.ts.
 *
 * Several rows of a page can lead to one name, because labels that a path does not use fall away. They become one value by
 * the rule of their metric (sum or maximum), never by which came last. Three things would make such a value wrong, and are
 * kept out: rows that are totals of others, a row that is there twice, and a family of which a line could not be read.
 */
import { type ConnectMetric, type ConnectSubject, connectMetric } from "../../connect/prometheus-names.ts";
import { fillSubject } from "../../core/subject.ts";
import { type MetricFamily, type MetricSample, roleOf } from "../../exposition/family.ts";
import { addBuckets, type Bucket, bucketQuantile, bucketsAdded, bucketsByLabels } from "../../exposition/histogram.ts";
import { labelKey } from "../../exposition/series-path.ts";
import type { Names } from "../collector.ts";
import type { Reading } from "./reading.ts";

export interface Canonical {
  readonly readings: readonly Reading[];
  /** What the dictionary does not know, or found no place for: families with those of their samples. */
  readonly rest: readonly MetricFamily[];
  /** To be given as `before` with the next page. */
  readonly buckets: BucketMemory;
  /** Families left out because a line of theirs could not be read. */
  readonly withheld: number;
  /** Rows left out because an equal one stood before them. */
  readonly duplicates: number;
}

/** The buckets of each histogram at the last look. */
export type BucketMemory = ReadonlyMap<ConnectMetric, readonly Bucket[]>;

export function canonicalise(families: readonly MetricFamily[], names: Names, before: BucketMemory): Canonical {
  const winners = chooseFamilies(families);
  const readings: Reading[] = [];
  const rest: MetricFamily[] = [];
  const buckets = new Map<ConnectMetric, readonly Bucket[]>();
  let withheld = 0;
  let duplicates = 0;
  for (const family of families) {
    const metric = winners.get(family);
    if (metric === undefined) rest.push(family);
    else if (family.badLines > 0) {
      withheld++;
      buckets.set(metric, before.get(metric) ?? []);
    } else {
      const rows = distinctRows(family);
      duplicates += family.samples.length - rows.length;
      const claims = metric.subjects.flatMap((subject) =>
        claimRows(metric, subject, { ...family, samples: rows }, names),
      );
      for (const { name, rows } of claims) {
        readings.push({ name, value: combine(rows, metric.rows), timestampMs: newestTime(rows) });
      }
      const claimed = new Set(claims.flatMap((claim) => claim.rows));
      rest.push({ ...family, samples: rows.filter((row) => !claimed.has(row)) });
      const now = addBuckets(bucketsByLabels(family).values());
      buckets.set(metric, now);
      readings.push(...quantiles(metric, before.get(metric) ?? [], now, names));
    }
  }
  return { readings, rest, buckets, withheld, duplicates };
}

/** One family for each metric that the page has: OpenTelemetry's name before the other, then the first. */
function chooseFamilies(families: readonly MetricFamily[]): Map<MetricFamily, ConnectMetric> {
  const best = new Map<ConnectMetric, { readonly family: MetricFamily; readonly otel: boolean }>();
  for (const family of families) {
    const known = connectMetric(family.name);
    if (known === undefined || family.samples.length === 0) continue;
    const rival = best.get(known.metric);
    if (rival === undefined || (known.otel && !rival.otel)) best.set(known.metric, { family, otel: known.otel });
  }
  return new Map([...best].map(([metric, { family }]) => [family, metric]));
}

function distinctRows(family: MetricFamily): MetricSample[] {
  const seen = new Set<string>();
  return family.samples.filter((sample) => {
    const key = `${sample.name} ${labelKey(sample.labels)}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** A name, and the rows whose values make its value. */
interface Claim {
  readonly name: string;
  readonly rows: readonly MetricSample[];
}

function claimRows(metric: ConnectMetric, subject: ConnectSubject, family: MetricFamily, names: Names): Claim[] {
  const byName = new Map<string, MetricSample[]>();
  for (const row of family.samples) {
    const name = roleOf(family, row.name) === subject.part ? nameOf(metric, subject, row, names) : undefined;
    if (name === undefined) continue;
    const rows = byName.get(name);
    if (rows === undefined) byName.set(name, [row]);
    else rows.push(row);
  }
  return [...byName].map(([name, rows]) => ({ name, rows: metric.totals === true ? fewestLabels(rows) : rows }));
}

/** Undefined when the row has no value for a label that the name needs: it is a total of others. */
function nameOf(metric: ConnectMetric, subject: ConnectSubject, row: MetricSample, names: Names): string | undefined {
  const path = fillSubject(subject.path, (placeholder) => {
    const source = metric.labels[placeholder];
    const value = source === undefined ? undefined : labelValue(row, source.label);
    return value === undefined ? undefined : source!.node(value);
  });
  if (path === undefined) return undefined;
  if (subject.scope !== "host") return subject.scope === "cluster" ? names.ofCluster(path) : names.ofNode(path);
  const host = labelValue(row, metric.hostLabel ?? "");
  return host === undefined ? undefined : names.ofHost(host, path);
}

/** An empty value is the same as none. */
function labelValue(row: MetricSample, name: string): string | undefined {
  const value = row.labels.find((label) => label.name === name)?.value;
  return value === "" ? undefined : value;
}

/** Of rows that are totals of each other, the most summed up; of several equally so, those named like the first. */
function fewestLabels(rows: readonly MetricSample[]): readonly MetricSample[] {
  let first = rows[0]!;
  for (const row of rows) if (row.labels.length < first.labels.length) first = row;
  const shape = labelNames(first);
  return rows.filter((row) => row.labels.length === first.labels.length && labelNames(row) === shape);
}

function labelNames(row: MetricSample): string {
  return row.labels
    .map((label) => label.name)
    .sort()
    .join(",");
}

/** NaN among the rows makes NaN: a sum that lacks a part is no sum. */
function combine(rows: readonly MetricSample[], rule: ConnectMetric["rows"]): number {
  let value = rows[0]!.value;
  for (const row of rows.slice(1)) value = rule === "sum" ? value + row.value : Math.max(value, row.value);
  return value;
}

function newestTime(rows: readonly MetricSample[]): number | undefined {
  let newest: number | undefined;
  for (const { timestampMs } of rows) {
    if (timestampMs === undefined) return undefined;
    newest = Math.max(newest ?? timestampMs, timestampMs);
  }
  return newest;
}

function quantiles(metric: ConnectMetric, before: readonly Bucket[], now: readonly Bucket[], names: Names): Reading[] {
  const added = before.length === 0 ? undefined : bucketsAdded(before, now);
  if (added === undefined) return [];
  return metric.subjects.flatMap(({ part, path }) => {
    const value = typeof part === "number" ? bucketQuantile(part, added) : Number.NaN;
    return Number.isNaN(value) ? [] : [{ name: names.ofNode(path), value, timestampMs: undefined }];
  });
}
