/**
 * Where all receivers hand over what they have read: admission of new names, the store, and who else wants to see the
 * samples as they arrive.
 */
import type { LineRejection, LineSink } from "../carbon/line.ts";
import { receiptNode } from "../carbon/receipt.ts";
import { FIRST_CONTROL } from "../carbon/target.ts";
import { errorCode } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import type { SampleBatch, SeriesId, SeriesStore } from "../core/series-store.ts";
import type { SocketAddress, World } from "../core/world.ts";
import { Rejects } from "./rejects.ts";
import type { Rules } from "./rules/rules.ts";

/** A sender may make this many seconds' worth of new series at once. */
const BURST_SECONDS = 10;
/** Senders whose rate is remembered; the longest unseen go first. */
const SENDERS = 10_000;
/** How often it is looked whether the store has caught up, while somebody waits for it. */
const CONGESTION_POLL_MS = 20;
/** Nodes that may ask for receipts. */
const RECEIPT_NODES = 10_000;

export interface IntakeOptions {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: SeriesStore;
  readonly newSeriesPerSecond: number;
  /** The operator's rules over names, if there are any. */
  readonly rules?: Rules | undefined;
  /** Sees every batch after the store has taken it. */
  readonly onSamples: (batch: SampleBatch) => void;
}

/** Asked for by a sender that can be answered. */
export type OnReceiptRequest = (node: string, sequence: number) => void;

export class Intake {
  readonly rejects: Rejects;
  readonly #options: IntakeOptions;
  readonly #samples: Counter<"receiver">;
  /** New series that a sender may still make, by address; refilled as time passes. */
  readonly #allowances = new Map<string, { tokens: number; atMs: number }>();
  #latestSender: string | undefined;
  readonly #receiptNodes: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.rejects = new Rejects(options.world.clock, options.metrics);
    this.#samples = options.metrics.counter("lockstep_receiver_samples_total", "Samples taken.", ["receiver"]);
    options.rules?.onAggregates((batch) => this.#store(batch));
  }

  get store(): SeriesStore {
    return this.#options.store;
  }

  /** Whether receivers should stop reading: the disk does not keep up. */
  get congested(): boolean {
    return this.#options.store.pendingBytes() > LIMITS.storePendingBytes;
  }

  /** Calls once, as soon as the store has caught up. */
  whenRelieved(run: () => void): void {
    this.#waiting.push(run);
    if (this.#waiting.length === 1) this.#pollCongestion();
  }

  #pollCongestion(): void {
    this.#options.world.timers.after(CONGESTION_POLL_MS, () => {
      if (this.congested) {
        this.#pollCongestion();
        return;
      }
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const run of waiting) run();
    });
  }

  /** The sink for what one sender sends. */
  sender(receiver: string, from: SocketAddress, onReceiptRequest?: OnReceiptRequest): LineSink {
    const { rules } = this.#options;
    return {
      rules,
      admit: (name) => this.#admit(name, from.host),
      take: (batch) => {
        this.#samples.add(batch.length, { receiver });
        this.#store(rules === undefined ? batch : rules.take(batch));
      },
      control: (number, sequence) => onReceiptRequest?.(this.#receiptNodes[FIRST_CONTROL - number]!, sequence),
      reject: (reason, line) => this.rejects.add(receiver, from, reason, line),
      refuse: (reason, lines, latest) => this.rejects.add(receiver, from, reason, latest, lines),
    };
  }

  #store(batch: SampleBatch): void {
    if (batch.length === 0) return;
    this.#options.store.append(batch);
    this.#options.onSamples(batch);
  }

  #admit(name: string, sender: string): SeriesId | LineRejection {
    const node = receiptNode(name);
    if (node !== undefined) return this.#controlOf(node);
    const { store } = this.#options;
    const known = store.names.idOfName(name);
    if (known >= 0) return known;
    if (!this.#mayMakeSeries(sender)) return "new_series_rate";
    try {
      return store.resolve(name);
    } catch (error) {
      if (errorCode(error) !== "STORE_SERIES_LIMIT") throw error;
      this.#options.log.limited("warn", "series-limit", (error as Error).message, { sender });
      return "series_limit";
    }
  }

  #controlOf(node: string): SeriesId | LineRejection {
    let index = this.#receiptNodes.indexOf(node);
    if (index < 0) {
      if (this.#receiptNodes.length >= RECEIPT_NODES) return "series_limit";
      index = this.#receiptNodes.push(node) - 1;
    }
    return FIRST_CONTROL - index;
  }

  /** A token bucket per sender: its burst is full at first. */
  #mayMakeSeries(sender: string): boolean {
    const rate = this.#options.newSeriesPerSecond;
    const nowMs = this.#options.world.clock.monotonicMs();
    const known = this.#allowances.get(sender);
    const capacity = rate * BURST_SECONDS;
    const tokens =
      known === undefined ? capacity : Math.min(capacity, known.tokens + ((nowMs - known.atMs) / 1000) * rate);
    const allowance = known ?? { tokens, atMs: nowMs };
    allowance.tokens = tokens >= 1 ? tokens - 1 : tokens;
    allowance.atMs = nowMs;
    if (sender !== this.#latestSender) {
      this.#allowances.delete(sender);
      this.#allowances.set(sender, allowance);
      this.#latestSender = sender;
    }
    if (this.#allowances.size > SENDERS) this.#allowances.delete(this.#allowances.keys().next().value!);
    return tokens >= 1;
  }
}
