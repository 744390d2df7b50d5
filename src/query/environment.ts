/** What a query needs of the process that it runs in. */
import type { SeriesReader } from "../core/series-store.ts";
import type { Clock, Random, Timers } from "../core/world.ts";
import type { QueryLimits } from "./limits.ts";
import type { TimeZone } from "./time-zone.ts";

export interface QueryEnvironment {
  readonly reader: SeriesReader;
  readonly clock: Pick<Clock, "wallMs" | "monotonicMs">;
  readonly timers: Timers;
  readonly random: Pick<Random, "next">;
  readonly limits: QueryLimits;
  /** Of requests that name none. */
  readonly timeZone: TimeZone;
}
