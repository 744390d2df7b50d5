/** Which series had no value for longer than any of theirs is kept: nothing is left of them but their names. */
import type { SeriesId } from "../core/series-store.ts";
import type { Catalog } from "./catalog.ts";
import type { Lifetimes } from "./lifetimes.ts";
import type { Partition } from "./partition.ts";
import { keptSeconds } from "./schemas.ts";

/** Ids that are looked at, and series that go, at a time: some milliseconds. */
const IDS_AT_ONCE = 262_144;
const SERIES_AT_ONCE = 1_000;

export interface UnseenSearch {
  readonly catalog: Catalog;
  readonly lifetimes: Lifetimes;
  readonly partitions: Iterable<Partition>;
  readonly nowSeconds: number;
  /** No series is kept for less. */
  readonly leastKeptSeconds: number;
}

/** Of the series from an id on; `next` is where to go on, undefined at the end. */
export function findUnseen(search: UnseenSearch, from: SeriesId): { ids: SeriesId[]; next: SeriesId | undefined } {
  const { catalog, lifetimes, partitions, leastKeptSeconds } = search;
  // As retention does: a clock that has jumped ahead must not delete what was alive a moment ago.
  let nowSeconds = 0;
  for (const { memory } of partitions) nowSeconds = Math.max(nowSeconds, memory.newestSeconds);
  nowSeconds = Math.min(nowSeconds, search.nowSeconds);
  const waiting = futureSeries(partitions);
  const ids: SeriesId[] = [];
  const end = Math.min(catalog.names.ids, from + IDS_AT_ONCE);
  for (let id = from; id < end; id++) {
    if (!lifetimes.unseenSince(id, nowSeconds - leastKeptSeconds) || !catalog.has(id)) continue;
    const { partition, schema } = catalog.home(id);
    if (!lifetimes.unseenSince(id, nowSeconds - keptSeconds(schema.archives))) continue;
    if (waiting.has(id) || partition.hasInMemory(id, 0, Number.POSITIVE_INFINITY)) continue;
    ids.push(id);
    if (ids.length === SERIES_AT_ONCE) return { ids, next: id + 1 };
  }
  return { ids, next: end < catalog.names.ids ? end : undefined };
}

/** Series with points that wait for their time. */
function futureSeries(partitions: Iterable<Partition>): Set<SeriesId> {
  const waiting = new Set<SeriesId>();
  for (const { memory } of partitions) {
    for (let i = 0; i < memory.future.length; i++) waiting.add(memory.future.ids[i]!);
  }
  return waiting;
}
