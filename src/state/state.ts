/**
 * The contract of the state: small records that change (alerts, messages to be sent, events), kept durably.
 *
 * Whoever owns a collection keeps it in memory and writes through: `load` once at the start, `commit` for every change.
 * A commit is atomic: after a crash all of its changes are there, or none. Every engine passes `test/contracts/state.ts`.
 */

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Change {
  readonly collection: string;
  readonly key: string;
  /** The record as it is from now on; undefined removes it. */
  readonly value: Json | undefined;
}

export interface StateStore {
  /** All records of a collection, as of now. */
  load(collection: string): Promise<ReadonlyMap<string, Json>>;
  /** Resolves when all changes are on disk. Commits take effect in the order of the calls. */
  commit(changes: readonly Change[]): Promise<void>;
  stats(): StateStats;
  close(): Promise<void>;
}

export interface StateStats {
  readonly records: number;
  readonly diskBytes: number;
  readonly commits: number;
  /** What was damaged and left out when it was opened. */
  readonly damage: readonly string[];
}
