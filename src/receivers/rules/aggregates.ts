/**
 * What aggregation rules make: for each output series a bucket an interval, and a timer that writes what has changed
 * (carbon aggregator/buffers.py).
 *
 *     now 12:07:30, frequency 60 s, 5 intervals
 *     ──┬──────┬──────┬──────┬──────┬──────┬──────┬───
 *       │ :02  │ :03  │ :04  │ :05  │ :06  │ :07  │      a bucket that got values since is written again, whole
 *     ──┴──────┴──────┴──────┴──────┴──────┴──────┴───
 *    ▲ older ones are gone: a late point for them is left out       ▲ further ahead than the tolerance: left out
 *
 * As in carbon an output's timer starts with its first value and runs every min(frequency, write-back). Unlike carbon a
 * point that is too late is not made into a bucket of its own, which would write over what the whole interval gave.
 */
import type { AggregationRule } from "../../carbon/rules/aggregation.ts";
import { Bucket, keepsValues } from "../../carbon/rules/bucket.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Timers } from "../../core/world.ts";
import type { CarriedAggregate } from "./carry.ts";
import { carry, restore } from "./carry.ts";
import { Rota } from "./rota.ts";

/** Why a value has no part in an aggregate, or an aggregate is not written. */
export type AggregationLoss = "late" | "future" | "aggregate_limit" | "values_limit" | "not_a_number" | "not_stored";

export interface AggregatesOptions {
  readonly timers: Timers;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly intervals: number;
  /** Values that methods may keep, of all outputs together. */
  readonly valuesLimit: number;
  /** Write at least this often; undefined: every frequency of the rule. */
  readonly writeBackSeconds: number | undefined;
  /** What was open before; each is taken up by a rule of the same output, method and frequency. */
  readonly carried: ReadonlyMap<string, CarriedAggregate>;
  /** Buckets of intervals that began before this lack what came then; undefined when nothing was lost. */
  readonly blindBeforeSeconds: number | undefined;
  /** Writes some values of the output series; many calls are followed by one `onWritten`. */
  readonly write: (output: string, seconds: number, value: number, incomplete: boolean) => void;
  readonly onWritten: () => void;
  readonly onLoss: (reason: AggregationLoss, values: number) => void;
}

/** One output series. */
export interface Aggregate {
  readonly output: string;
  /** The rule that names it first. */
  readonly rule: AggregationRule;
  readonly buckets: Map<number, Bucket>;
  /** The bucket of the value before: mostly that of the next one, too. */
  latest: Bucket | undefined;
  /** It is on the rota. */
  waiting: boolean;
}

export class Aggregates {
  readonly #options: AggregatesOptions;
  readonly #byOutput = new Map<string, Aggregate>();
  readonly #rota: Rota<Aggregate>;
  #values = 0;

  constructor(options: AggregatesOptions) {
    this.#options = options;
    this.#rota = new Rota(options.timers, options.monotonicMs, {
      run: (aggregate) => this.#write(aggregate),
      after: options.onWritten,
    });
  }

  get outputs(): number {
    return this.#byOutput.size;
  }

  /** Of these, the ones that have no interval open. */
  get idle(): number {
    let idle = 0;
    for (const { waiting } of this.#byOutput.values()) if (!waiting) idle++;
    return idle;
  }

  get buckets(): number {
    let buckets = 0;
    for (const aggregate of this.#byOutput.values()) buckets += aggregate.buckets.size;
    return buckets;
  }

  /** The aggregate of this name, made if it is new; undefined when there are too many. */
  of(output: string, rule: AggregationRule): Aggregate | undefined {
    const known = this.#byOutput.get(output);
    if (known !== undefined) return known;
    if (this.#byOutput.size >= LIMITS.aggregates) return undefined;
    const aggregate: Aggregate = { output, rule, buckets: new Map(), latest: undefined, waiting: false };
    this.#byOutput.set(output, aggregate);
    const carried = this.#options.carried.get(output);
    if (carried?.method === rule.method && carried.frequencySeconds === rule.frequencySeconds) {
      for (const bucket of restore(carried)) {
        aggregate.buckets.set(bucket.intervalSeconds, bucket);
        this.#values += bucket.values.length;
      }
      this.#await(aggregate);
    }
    return aggregate;
  }

  add(aggregate: Aggregate, seconds: number, value: number): void {
    const interval = seconds - (seconds % aggregate.rule.frequencySeconds);
    let bucket = aggregate.latest;
    if (bucket?.intervalSeconds !== interval) {
      bucket = aggregate.buckets.get(interval) ?? this.#open(aggregate, interval);
      if (bucket === undefined) return;
      aggregate.latest = bucket;
    }
    if (keepsValues(aggregate.rule.method)) {
      if (this.#values >= this.#options.valuesLimit) {
        this.#options.onLoss("values_limit", 1);
        return;
      }
      this.#values++;
      bucket.values.push(value);
    }
    bucket.add(value);
    if (!aggregate.waiting) this.#await(aggregate);
  }

  #open(aggregate: Aggregate, interval: number): Bucket | undefined {
    const nowSeconds = Math.floor(this.#options.wallMs() / 1000);
    if (interval > nowSeconds + LIMITS.futureToleranceSeconds) {
      this.#options.onLoss("future", 1);
      return undefined;
    }
    if (interval < this.#oldest(aggregate, nowSeconds)) {
      this.#options.onLoss("late", 1);
      return undefined;
    }
    const bucket = new Bucket(interval);
    bucket.incomplete = interval < (this.#options.blindBeforeSeconds ?? 0);
    aggregate.buckets.set(interval, bucket);
    return bucket;
  }

  #oldest({ rule: { frequencySeconds } }: Aggregate, nowSeconds: number): number {
    return nowSeconds - (nowSeconds % frequencySeconds) - this.#options.intervals * frequencySeconds;
  }

  #await(aggregate: Aggregate): void {
    aggregate.waiting = true;
    const { frequencySeconds } = aggregate.rule;
    this.#rota.add(aggregate, Math.min(frequencySeconds, this.#options.writeBackSeconds ?? frequencySeconds));
  }

  /** Writes what has changed, forgets what is too old; returns whether to come again. */
  #write(aggregate: Aggregate): boolean {
    const oldest = this.#oldest(aggregate, Math.floor(this.#options.wallMs() / 1000));
    for (const bucket of aggregate.buckets.values()) {
      if (bucket.active) this.#writeBucket(aggregate, bucket);
      if (bucket.intervalSeconds < oldest) {
        aggregate.buckets.delete(bucket.intervalSeconds);
        this.#values -= bucket.values.length;
      }
    }
    if (aggregate.latest !== undefined && !aggregate.buckets.has(aggregate.latest.intervalSeconds)) {
      aggregate.latest = undefined;
    }
    aggregate.waiting = aggregate.buckets.size > 0;
    return aggregate.waiting;
  }

  #writeBucket(aggregate: Aggregate, bucket: Bucket): void {
    bucket.active = false;
    const value = bucket.valueBy(aggregate.rule.method);
    if (Number.isNaN(value)) this.#options.onLoss("not_a_number", bucket.count);
    else this.#options.write(aggregate.output, bucket.intervalSeconds, value, bucket.incomplete);
  }

  /** Writes all that has changed, stops, and hands over what is open. */
  close(): readonly CarriedAggregate[] {
    this.#rota.close();
    const open: CarriedAggregate[] = [];
    for (const aggregate of this.#byOutput.values()) {
      this.#write(aggregate);
      if (aggregate.buckets.size > 0) open.push(carry(aggregate));
    }
    this.#options.onWritten();
    return open;
  }
}
