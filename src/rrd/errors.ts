/** Errors of this room: each names the file and, where there is one, the field. */
import { LockstepError } from "../core/errors.ts";

/**
 * - `RRD_TRUNCATED`: the file ends before what its header promises.
 * - `RRD_MAGIC`: it is no RRD file.
 * - `RRD_VERSION`: a version of the format that nobody described yet.
 * - `RRD_MACHINE`: written by a machine whose numbers are laid out in a way that we don't know.
 * - `RRD_FIELD`: a field of the header holds what it can't.
 * - `RRD_TOO_LARGE`: more than our limits allow.
 * - `RRD_CHANGING`: it was written to all the time while it was read.
 * - `RRD_NO_ARCHIVE`: no archive has the consolidation function that was asked for.
 * - `RRD_RANGE`: the time range that was asked for makes no sense.
 * - `RRD_TIME`: a text that is no time.
 * - `RRD_SPEC`: a file that can't be created as described.
 * - `RRD_UPDATE`: a sample that can't be taken in.
 */
export type RrdErrorCode =
  | "RRD_TRUNCATED"
  | "RRD_MAGIC"
  | "RRD_VERSION"
  | "RRD_MACHINE"
  | "RRD_FIELD"
  | "RRD_TOO_LARGE"
  | "RRD_CHANGING"
  | "RRD_NO_ARCHIVE"
  | "RRD_RANGE"
  | "RRD_TIME"
  | "RRD_SPEC"
  | "RRD_UPDATE";

/** The file that bytes were read from: its name for messages, its size as a bound for everything. */
export interface RrdSource {
  readonly name: string;
  readonly bytes: number;
}

export function rrdError(code: RrdErrorCode, file: Pick<RrdSource, "name">, what: string): LockstepError {
  return new LockstepError(code, `cannot read ${file.name}: ${what}`);
}

/** A field that holds what it can't; the rule says what it should. */
export function badField(
  source: RrdSource,
  field: string,
  value: bigint | number | string,
  rule: string,
): LockstepError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return rrdError("RRD_FIELD", source, `${field} is ${shown}, and has to be ${rule}`);
}
