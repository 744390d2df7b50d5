/** What of a collector's output may go out: a finite value, a name that every reader of the wire understands. */
import { LIMITS } from "../core/limits.ts";
import type { Measurement } from "./collector.ts";

/** A measurement with its time, as it leaves the runner. */
export interface StampedMeasurement extends Measurement {
  readonly wallMs: number;
}

export type Rejection = "not_finite" | "name_too_long" | "name_too_deep" | "name_unclean" | "time";

/** Letters, digits, `_`, `-`, and `%` for what was percent-encoded; nodes that are not empty. */
const CLEAN_PATH = /^[A-Za-z0-9_%-]+(?:\.[A-Za-z0-9_%-]+)*$/;
/** As the store reads tags (core/tags.ts), and without blanks, which end a name on the wire. */
const CLEAN_TAG = /^[^\s;=!^]+=[^\s;~][^\s;]*$/;

/** Why a measurement can't be sent; undefined when it can. */
export function rejection({ name, value, wallMs }: Measurement): Rejection | undefined {
  if (!Number.isFinite(value)) return "not_finite";
  if (wallMs !== undefined && !Number.isFinite(wallMs)) return "time";
  if (name.length > LIMITS.nameBytes) return "name_too_long";
  const [path, ...tags] = name.split(";");
  if (!CLEAN_PATH.test(path!) || tags.length > LIMITS.tags || !tags.every((tag) => CLEAN_TAG.test(tag))) {
    return "name_unclean";
  }
  return path!.split(".").length > LIMITS.nameNodes ? "name_too_deep" : undefined;
}
