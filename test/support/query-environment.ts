/** A query's surroundings for tests: any reader, the real timers, a clock that stands still unless it is moved. */

import { realWorld } from "#src/core/real/world.ts";
import type { SeriesReader } from "#src/core/series-store.ts";
import { Budget } from "#src/query/budget.ts";
import type { QueryEnvironment } from "#src/query/environment.ts";
import { evaluateTargets, type QueryRequest } from "#src/query/evaluator.ts";
import { queryLimits } from "#src/query/limits.ts";
import type { TimeSeries } from "#src/query/series.ts";
import { StoreSource } from "#src/query/store-source.ts";
import { UTC } from "#src/query/time-zone.ts";

/** 14 November 2023, 12:00 UTC. */
export const NOON_SECONDS = Date.UTC(2023, 10, 14, 12) / 1000;

export function queryEnvironment(reader: SeriesReader, changes: Partial<QueryEnvironment> = {}): QueryEnvironment {
  return {
    reader,
    clock: { wallMs: () => NOON_SECONDS * 1000, monotonicMs: () => 0 },
    timers: realWorld().timers,
    random: realWorld().random,
    limits: queryLimits.parse({}),
    timeZone: UTC,
    ...changes,
  };
}

/** The series of all targets, from the environment's reader. */
export function evaluate(
  environment: QueryEnvironment,
  request: QueryRequest,
  signal?: AbortSignal,
): Promise<TimeSeries[]> {
  const { reader, limits, found } = environment;
  const { nowSeconds } = request;
  const budget = new Budget(environment, signal);
  const source = new StoreSource({ reader, limits, budget, nowSeconds, found });
  return evaluateTargets(environment, request, { source, budget });
}
