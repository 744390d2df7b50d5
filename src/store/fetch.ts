/**
 * A query's window of many series, as whisper answers it (whisper.py `file_fetch`): the archive is the first that
 * reaches back to `from`; the window is (from, until], widened to the archive's slots.
 */
import type { FetchedSeries, FetchQuery, FoundSeries, SeriesId } from "../core/series-store.ts";
import type { Partition } from "./partition.ts";
import { readTier } from "./partition-read.ts";
import type { SeriesSchema } from "./schemas.ts";
import { lowerBound, sortedUnique } from "./segment.ts";
import { summaryValues } from "./summary.ts";

export interface SeriesHome {
  readonly partition: Partition;
  readonly schema: SeriesSchema;
}

/** Series that are read together: the same tier of the same partition over the same slots. */
interface ReadGroup {
  readonly partition: Partition;
  readonly tier: number;
  readonly window: Window;
  readonly members: { readonly series: FoundSeries; readonly schema: SeriesSchema; readonly place: number }[];
}

interface Window {
  readonly startSeconds: number;
  readonly stepSeconds: number;
  readonly slots: number;
}

export async function fetchSeries(
  query: FetchQuery,
  homeOf: (id: SeriesId) => SeriesHome,
): Promise<readonly FetchedSeries[]> {
  const groups = new Map<string, ReadGroup>();
  const partitionNumbers = new Map<Partition, number>();
  // Series of one home are read together: what is read of them is decided once.
  const groupOf = new Map<SeriesHome, ReadGroup | undefined>();
  const choose = (home: SeriesHome): ReadGroup | undefined => {
    const { partition, schema } = home;
    const found = chooseArchive(query, schema);
    if (found === undefined) return undefined;
    if (!partitionNumbers.has(partition)) partitionNumbers.set(partition, partitionNumbers.size);
    const { tier, window } = found;
    const key = `${partitionNumbers.get(partition)}/${tier}/${window.startSeconds}/${window.slots}`;
    const group = groups.get(key) ?? { partition, tier, window, members: [] };
    groups.set(key, group);
    return group;
  };
  query.series.forEach((series, place) => {
    const home = homeOf(series.id);
    if (!groupOf.has(home)) groupOf.set(home, choose(home));
    groupOf.get(home)?.members.push({ series, schema: home.schema, place });
  });
  const results: (FetchedSeries | undefined)[] = query.series.map(() => undefined);
  for (const { members, window } of groups.values()) query.admit?.(members.length, window.slots);
  for (const group of groups.values()) await readGroup(group, query, results);
  return results.filter((result) => result !== undefined);
}

/** Undefined when the window lies wholly outside of what the series keeps. */
function chooseArchive(query: FetchQuery, schema: SeriesSchema): { tier: number; window: Window } | undefined {
  const now = query.nowSeconds;
  const spans = schema.archives.map((archive) => archive.step * archive.points);
  const oldest = now - spans.at(-1)!;
  if (query.fromSeconds > now || query.untilSeconds < oldest) return undefined;
  const from = Math.max(query.fromSeconds, oldest);
  const until = Math.min(query.untilSeconds, now);
  const tier = spans.findIndex((span) => span >= now - from);
  const step = schema.archives[tier]!.step;
  const startSeconds = from - (from % step) + step;
  const endSeconds = until - (until % step) + step;
  const slots = Math.max(1, (endSeconds - startSeconds) / step);
  return { tier, window: { startSeconds, stepSeconds: step, slots } };
}

async function readGroup(group: ReadGroup, query: FetchQuery, results: (FetchedSeries | undefined)[]): Promise<void> {
  const { partition, tier, window, members } = group;
  const { startSeconds, stepSeconds, slots } = window;
  const ids = sortedIds(members);
  const block = await readTier(partition, tier, ids, startSeconds, slots, query.columns);
  const finestPerSlot = stepSeconds / partition.levels[0]!.stepSeconds;
  for (const { series, schema, place } of members) {
    const row = lowerBound(ids, series.id);
    const values =
      tier === 0
        ? block.columns[0]!.subarray(row * slots, (row + 1) * slots)
        : summaryValues(block, row, query.aggregation ?? schema.method, finestPerSlot, schema.xFilesFactor);
    results[place] = {
      path: series.path,
      startSeconds,
      endSeconds: startSeconds + slots * stepSeconds,
      stepSeconds,
      values,
    };
  }
}

/** Ascending, each once. By a loop: `from` with a function takes longer than the rest of it. */
function sortedIds(members: ReadGroup["members"]): Int32Array {
  const ids = new Int32Array(members.length);
  for (let i = 0; i < ids.length; i++) ids[i] = members[i]!.series.id;
  return sortedUnique(ids);
}
