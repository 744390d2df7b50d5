/** A value of a page under the name it is sent by. */
import { type MetricFamily, type MetricSample, roleOf } from "../../exposition/family.ts";
import { seriesPath } from "../../exposition/series-path.ts";

export interface Reading {
  readonly name: string;
  readonly value: number;
  /** When the page says so itself. */
  readonly timestampMs: number | undefined;
}

/**
 * Every sample of the families under `<prefix>.<metric>.<label>.<value>…` (exposition/series-path.ts). Of histograms the
 * count and the sum: buckets by the dozen would cost more than all else, and without a rate they say nothing. Times of
 * creation are no measurements.
 */
export function* passedThrough(
  families: Iterable<Pick<MetricFamily, "name" | "type" | "samples">>,
  prefix: string,
): Generator<Reading> {
  for (const family of families) {
    for (const sample of family.samples) {
      if (isSent(family, sample)) {
        const { value, timestampMs } = sample;
        yield { name: `${prefix}.${seriesPath(sample.name, sample.labels)}`, value, timestampMs };
      }
    }
  }
}

function isSent(family: Pick<MetricFamily, "name" | "type">, sample: MetricSample): boolean {
  const role = roleOf(family, sample.name);
  return role !== "bucket" && role !== "created";
}
