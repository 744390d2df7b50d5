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
import { bucketQuantile, bucketsAdded, bucketsByLabels, type Histograms } from "../../exposition/histogram.ts";
import { labelKey } from "../../exposition/series-path.ts";
import type { Names } from "../collector.ts";
import type { Reading } from "./reading.ts";

export interface Canonical {
  readonly readings: readonly Reading[];
  /** What the dictionary does not know, or found no place for: families with those of their samples. */
  readonly rest: readonly MetricFamily[];
  /** To be given as `before` with the next page. */
  readonly histograms: HistogramMemory;
  /** Families left out because a line of theirs could not be read. */
  readonly withheld: number;
  /** Rows left out because an equal one stood before them. */
  readonly duplicates: number;
}

/** The histograms of each metric at the last look: quantiles are those of what was added since. */
export type HistogramMemory = ReadonlyMap<ConnectMetric, Histograms>;

export function canonicalise(families: readonly MetricFamily[], names: Names, before: HistogramMemory): Canonical {
  const winners = chooseFamilies(families);
  const readings: Reading[] = [];
  const rest: MetricFamily[] = [];
  const histograms = new Map(before);
  let withheld = 0;
  let duplicates = 0;
  for (const family of families) {
    const metric = winners.get(family);
    if (metric === undefined) rest.push(family);
    else if (family.badLines > 0) withheld++;
    else {
      const parts = distinctRows(family);
      duplicates += parts.duplicates;
      const claims = metric.subjects.flatMap((subject) => claimRows(metric, subject, parts, names));
      for (const claim of claims) readings.push(readingOf(claim, metric.rows));
      rest.push({ ...family, samples: unclaimed(parts, claims) });
      const now = bucketsByLabels(family);
      readings.push(...quantiles(metric, before.get(metric), now, names));
      histograms.set(metric, now);
    }
  }
  return { readings, rest, histograms, withheld, duplicates };
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

/** The rows of a family by the part they play; histograms' buckets are another matter, and times of creation are none. */
interface Parts {
  readonly value: readonly MetricSample[];
  readonly count: readonly MetricSample[];
  readonly sum: readonly MetricSample[];
  /** How many rows were left out because the same labels stood before them. */
  readonly duplicates: number;
}

function distinctRows(family: MetricFamily): Parts {
  const parts = { value: new Map<string, MetricSample>(), count: new Map(), sum: new Map() };
  let duplicates = 0;
  for (const row of family.samples) {
    const role = roleOf(family, row.name);
    if (role === undefined || role === "bucket" || role === "created") continue;
    const key = labelKey(row.labels);
    if (parts[role].has(key)) duplicates++;
    else parts[role].set(key, row);
  }
  const { value, count, sum } = parts;
  return { value: [...value.values()], count: [...count.values()], sum: [...sum.values()], duplicates };
}

/** A name, and the rows whose values make its value. */
interface Claim {
  readonly name: string;
  readonly rows: readonly MetricSample[];
}

function claimRows(metric: ConnectMetric, subject: ConnectSubject, parts: Parts, names: Names): Claim[] {
  const byName = new Map<string, MetricSample[]>();
  for (const row of typeof subject.part === "number" ? [] : parts[subject.part]) {
    const name = nameOf(metric, subject, row, names);
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

function unclaimed(parts: Parts, claims: readonly Claim[]): MetricSample[] {
  const claimed = new Set(claims.flatMap((claim) => claim.rows));
  return [...parts.value, ...parts.count, ...parts.sum].filter((row) => !claimed.has(row));
}

/** NaN among the rows makes NaN: a sum that lacks a part is no sum. */
function readingOf({ name, rows }: Claim, rule: ConnectMetric["rows"]): Reading {
  const values = rows.map((row) => row.value);
  const value = values.reduce((a, b) => (rule === "sum" ? a + b : Math.max(a, b)));
  return { name, value, timestampMs: newestTime(rows) };
}

function newestTime(rows: readonly MetricSample[]): number | undefined {
  let newest: number | undefined;
  for (const { timestampMs } of rows) {
    if (timestampMs === undefined) return undefined;
    newest = Math.max(newest ?? timestampMs, timestampMs);
  }
  return newest;
}

function quantiles(
  metric: ConnectMetric,
  before: Histograms | undefined,
  now: Histograms,
  names: Names,
): readonly Reading[] {
  if (before === undefined) return [];
  const added = bucketsAdded(before, now);
  return metric.subjects.flatMap(({ part, path }) => {
    const value = typeof part === "number" ? bucketQuantile(part, added) : Number.NaN;
    return Number.isNaN(value) ? [] : [{ name: names.ofNode(path), value, timestampMs: undefined }];
  });
}
