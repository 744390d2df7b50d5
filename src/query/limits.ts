/** What one query may cost, as settings: each limit has its default in core/limits.ts and is named in the refusal. */
import { z } from "zod";
import { LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";

function count(byDefault: number, help: string) {
  return z.int().positive().default(byDefault).describe(help);
}

export const queryLimits = z.strictObject({
  targetBytes: count(LIMITS.targetBytes, "Bytes of one target."),
  targetDepth: count(LIMITS.targetDepth, "Calls inside of calls in one target."),
  targetsPerQuery: count(LIMITS.targetsPerQuery, "Targets of one request."),
  seriesPerQuery: count(LIMITS.seriesPerQuery, "Series that one request may read."),
  pointsPerQuery: count(LIMITS.pointsPerQuery, "Points that one request may read and make, all series together."),
  pointsPerSeries: count(LIMITS.pointsPerSeries, "Points of one series."),
  bytesPerQuery: count(
    LIMITS.bytesPerQuery,
    "Bytes of the values that one request works on, what functions make included.",
  ),
  findNodes: count(LIMITS.findNodes, "Names that one pattern may find."),
  queryMs: count(LIMITS.queryMs, "Milliseconds after which a query is given up."),
});

export type QueryLimits = z.output<typeof queryLimits>;

/** `what` says which amount the query came to; the message adds the limit and how to raise it. */
export function limitError<Name extends keyof QueryLimits>(
  code: string,
  what: string,
  limits: Pick<QueryLimits, Name>,
  name: Name,
): LockstepError {
  return new LockstepError(
    code,
    `${what} than query.${name} allows (${limits[name]}): ask for less, or raise that setting`,
  );
}
