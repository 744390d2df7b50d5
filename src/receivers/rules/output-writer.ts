/** Values of aggregates on their way to the store: names to ids, samples to batches. */
import { canonicalName } from "../../carbon/name.ts";
import { errorCode } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Counter, Metrics } from "../../core/metrics.ts";
import type { SampleBatch, SeriesId, SeriesStore } from "../../core/series-store.ts";
import type { AggregationLoss } from "./aggregates.ts";

export interface OutputWriterContext {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: SeriesStore;
}

export interface OutputWriting {
  /** What an output is to be called, before tags and dots are put in order. */
  readonly nameOf: (output: string) => string;
  readonly onLoss: (reason: AggregationLoss, values: number) => void;
}

const BATCH = 8192;
const NO_SERIES = -1;

export class OutputWriter {
  /** Stores a batch; its arrays are used again. */
  take: (batch: SampleBatch) => void;
  readonly #context: OutputWriterContext;
  readonly #writing: OutputWriting;
  readonly #written: Counter<never>;
  readonly #incomplete: Counter<never>;
  /** The series of an output. */
  readonly #ids = new Map<string, SeriesId>();
  readonly #batchIds = new Int32Array(BATCH);
  readonly #batchSeconds = new Uint32Array(BATCH);
  readonly #batchValues = new Float64Array(BATCH);
  #length = 0;
  #incompleteValues = 0;

  constructor(context: OutputWriterContext, writing: OutputWriting) {
    this.#context = context;
    this.#writing = writing;
    this.take = (batch) => context.store.append(batch);
    const { metrics } = context;
    this.#written = metrics.counter(
      "lockstep_rules_aggregates_written_total",
      "Values of aggregates that were stored.",
    );
    this.#incomplete = metrics.counter(
      "lockstep_rules_aggregates_incomplete_total",
      "Of these, values of intervals that had begun when Lockstep was started anew after it had not been stopped in order.",
    );
  }

  write(output: string, seconds: number, value: number, incomplete: boolean): void {
    const id = this.#ids.get(output) ?? this.#resolve(output);
    if (id === NO_SERIES) {
      this.#writing.onLoss("not_stored", 1);
      return;
    }
    const i = this.#length++;
    this.#batchIds[i] = id;
    this.#batchSeconds[i] = seconds;
    this.#batchValues[i] = value;
    if (incomplete) this.#incompleteValues++;
    if (this.#length === BATCH) this.flush();
  }

  flush(): void {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    this.take({ length, ids: this.#batchIds, seconds: this.#batchSeconds, values: this.#batchValues });
    this.#written.add(length, {});
    if (this.#incompleteValues > 0) this.#incomplete.add(this.#incompleteValues, {});
    this.#incompleteValues = 0;
  }

  /** The rules, and with them what outputs are called, have changed. */
  forgetNames(): void {
    this.#ids.clear();
  }

  /** Not remembered when it fails: the store may have room the next time. */
  #resolve(output: string): SeriesId | typeof NO_SERIES {
    const { store, log } = this.#context;
    try {
      const canonical = canonicalName(this.#writing.nameOf(output));
      if ("name" in canonical) {
        const id = store.resolve(canonical.name);
        this.#ids.set(output, id);
        return id;
      }
      log.limited("error", "output", `an aggregate can't be stored: ${canonical.rejection}`, { aggregate: output });
    } catch (error) {
      if (errorCode(error) !== "STORE_SERIES_LIMIT" && errorCode(error) !== "QUERY_REGEX_STEPS") throw error;
      log.limited("error", "output", `an aggregate can't be stored: ${(error as Error).message}`, {
        aggregate: output,
      });
    }
    return NO_SERIES;
  }
}
