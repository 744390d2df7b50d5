/**
 * The contract of a store of time series, and the shapes in which samples enter and leave it.
 *
 * Semantics are whisper's: a sample's time stamp is floored to its series' finest step, the last write in a slot wins,
 * and coarser archives summarise finer ones. So sending a sample twice does no harm. Every engine passes the suite in
 * `test/contracts/store.ts`.
 */
import type { AggregationMethod } from "./aggregation.ts";
import type { ColumnLease } from "./column-pool.ts";
import type { NameTable } from "./name-table.ts";

/** A position in the store's list of names, from 0; never used again for another name. */
export type SeriesId = number;

/** Parallel columns of samples. The arrays belong to the sender, who may use them again after the call. */
export interface SampleBatch {
  readonly length: number;
  readonly ids: Int32Array;
  /** Whole seconds since 1970 UTC, as on Carbon's wire. */
  readonly seconds: Uint32Array;
  /** Never NaN: "no value" is not sent. */
  readonly values: Float64Array;
}

export interface SeriesStore extends SeriesReader {
  /** Names as bytes → ids, for receivers: the hot path looks a name up without making a string of it. */
  readonly names: NameTable;

  /**
   * The id of a canonical name, made now if it is new.
   * @throws LockstepError `STORE_SERIES_LIMIT` when the store is full.
   */
  resolve(name: string): SeriesId;

  /** Takes samples into memory and into the log's next write. Never blocks; see `pendingBytes`. */
  append(batch: SampleBatch): void;

  /** Bytes taken but not yet written to the log. A receiver that sees it grow stops reading (back-pressure). */
  pendingBytes(): number;

  /** Resolves when everything appended before the call is on disk; rejects when it can't be (disk full, I/O error). */
  durable(): Promise<void>;

  /**
   * Forgets series, and all they have: durable when it resolves. Their ids are never used again; a name that comes again is
   * a new series.
   */
  delete(ids: readonly SeriesId[]): Promise<void>;

  stats(): StoreStats;

  /** Writes what is in memory and closes; the store can't be used afterwards. */
  close(): Promise<void>;
}

/** The reading half, which query sees. */
export interface SeriesReader {
  /** Grows whenever a series is made or deleted: what a search found holds until then. */
  generation(): number;
  /** Nodes of the name tree that match a glob pattern, in no particular order. */
  find(query: FindQuery): Promise<readonly FoundNode[]>;
  /** Tagged series that satisfy all expressions. */
  findTagged(query: TagQuery): Promise<readonly FoundSeries[]>;
  /** Keys of tags, or the values of one, in no particular order. */
  tagWords(query: TagWordsQuery): Promise<readonly string[]>;
  /** In the order in which they are asked for; those that keep nothing of that time are left out. */
  fetch(query: FetchQuery): Promise<readonly FetchedSeries[]>;
}

/**
 * Leaves out series that had no value between these times, both included. An end that is absent is open; without both,
 * series are found whenever they lived.
 */
export interface TimeLimit {
  readonly fromSeconds?: number | undefined;
  readonly untilSeconds?: number | undefined;
}

/** In a range of time, a branch is found only if something under it is. */
export interface FindQuery extends TimeLimit {
  readonly pattern: string;
  /** @throws LockstepError `STORE_FIND_LIMIT` when more match. */
  readonly limit: number;
}

export interface FoundNode {
  /** Full dotted path. A path can be a leaf and a branch at once: then it is found as both. */
  readonly path: string;
  /** Present on leaves: the series of that name. */
  readonly id?: SeriesId;
}

export interface FoundSeries {
  readonly path: string;
  readonly id: SeriesId;
}

/** `key = value`, `!=`, `=~` (regular expression anchored at the start), `!=~`. */
export interface TagExpression {
  readonly key: string;
  readonly operator: "=" | "!=" | "=~" | "!=~";
  readonly value: string;
}

export interface TagQuery extends TimeLimit {
  readonly expressions: readonly TagExpression[];
  readonly limit: number;
}

export interface TagWordsQuery extends TimeLimit {
  /** Whose values are asked for; absent: the keys. The metric's own name is the value of `name`. */
  readonly key?: string;
  /** Only what begins so. */
  readonly prefix: string;
  /** Only of series that satisfy all of these; none: of all tagged series. */
  readonly expressions: readonly TagExpression[];
}

export interface FetchQuery {
  readonly series: readonly FoundSeries[];
  /** Exclusive start and inclusive end of the window, seconds: whisper's `(from, until]`. */
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  /** Decides which archive still reaches back to `from`: the first whose retention ≥ now − from. */
  readonly nowSeconds: number;
  /** Instead of each series' own aggregation method, in archives that summarise. */
  readonly aggregation?: AggregationMethod;
  /** Where the values may lie. */
  readonly columns?: ColumnLease | undefined;
  /** Told before anything is read how many series will have how many values each; throws if that is too much. */
  readonly admit?: ((series: number, valuesOfEach: number) => void) | undefined;
}

export interface FetchedSeries {
  readonly path: string;
  /** Time of the first value, a multiple of the step. */
  readonly startSeconds: number;
  /** Just past the last value: start + step × values. */
  readonly endSeconds: number;
  readonly stepSeconds: number;
  /** NaN = no value. */
  readonly values: Float64Array;
}

export interface StoreStats {
  readonly series: number;
  readonly seriesLimit: number;
  /** Since the start: because somebody asked for it, and because they had no value for as long as any is kept. */
  readonly deletedSeries: { readonly asked: number; readonly unseen: number };
  readonly diskBytes: number;
  readonly segments: number;
  readonly pendingBytes: number;
  /** Samples by what became of them since the start. */
  readonly samples: {
    readonly appended: number;
    /** Older than the open window: merged through overlay segments. */
    readonly late: number;
    /** Ahead of our clock: waiting in the side buffer. */
    readonly future: number;
    /** Refused, by reason. */
    readonly dropped: Readonly<Record<string, number>>;
  };
  /** Why nothing can be written at the moment, or undefined. */
  readonly blocked: string | undefined;
  readonly damage: readonly string[];
}
