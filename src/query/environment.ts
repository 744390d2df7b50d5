/** What a query needs of the process that it runs in. */
import type { SeriesReader } from "../core/series-store.ts";
import type { Clock, Random, Timers } from "../core/world.ts";
import type { FoundPaths } from "./found-paths.ts";
import type { QueryLimits } from "./limits.ts";
import type { QueryThreads } from "./query-threads.ts";
import type { TimeZone } from "./time-zone.ts";

/** To evaluate targets, wherever their series come from. */
export interface Evaluation {
  readonly clock: Pick<Clock, "wallMs" | "monotonicMs">;
  readonly timers: Timers;
  readonly random: Pick<Random, "next">;
  readonly limits: QueryLimits;
  /** Of requests that name none. */
  readonly timeZone: TimeZone;
}

export interface QueryEnvironment extends Evaluation {
  readonly reader: SeriesReader;
  /** What searches found before; without, each request searches anew. */
  readonly found?: FoundPaths | undefined;
  /** For large queries; without, they are evaluated where they come in. */
  readonly threads?: QueryThreads | undefined;
}
