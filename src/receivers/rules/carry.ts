/**
 * Open buckets as data: they survive a change of the rules, and a restart by way of whoever keeps records. Numbers are
 * text, since JSON has no infinities.
 */
import { Bucket } from "../../carbon/rules/bucket.ts";
import type { Aggregate } from "./aggregates.ts";

export interface CarriedAggregate {
  readonly output: string;
  readonly method: string;
  readonly frequencySeconds: number;
  readonly buckets: readonly CarriedBucket[];
}

export interface CarriedBucket {
  readonly intervalSeconds: number;
  readonly incomplete: boolean;
  readonly count: number;
  readonly sum: string;
  readonly min: string;
  readonly max: string;
  readonly last: string;
  readonly values: readonly string[];
}

export function carry({ output, rule, buckets }: Aggregate): CarriedAggregate {
  return {
    output,
    method: rule.method,
    frequencySeconds: rule.frequencySeconds,
    buckets: [...buckets.values()].map((bucket) => ({
      intervalSeconds: bucket.intervalSeconds,
      incomplete: bucket.incomplete,
      count: bucket.count,
      sum: String(bucket.sum),
      min: String(bucket.min),
      max: String(bucket.max),
      last: String(bucket.last),
      values: bucket.values.map(String),
    })),
  };
}

export function restore({ buckets }: CarriedAggregate): Bucket[] {
  return buckets.map((carried) => {
    const bucket = new Bucket(carried.intervalSeconds);
    bucket.active = false; // its value was written
    bucket.incomplete = carried.incomplete;
    bucket.count = carried.count;
    bucket.sum = Number(carried.sum);
    bucket.min = Number(carried.min);
    bucket.max = Number(carried.max);
    bucket.last = Number(carried.last);
    for (const value of carried.values) bucket.values.push(Number(value));
    return bucket;
  });
}
