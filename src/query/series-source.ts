/** Where a query's series come from: the store, or whoever can ask it. */
import type { FetchedSeries } from "../core/series-store.ts";
import type { TimeRange } from "./function.ts";

/** Series come by name. @throws LockstepError `QUERY_…` when they are more than the query may read. */
export interface SeriesSource {
  byPath(path: string, range: TimeRange): Promise<readonly FetchedSeries[]>;
  byTags(expressions: readonly string[], range: TimeRange): Promise<readonly FetchedSeries[]>;
}
