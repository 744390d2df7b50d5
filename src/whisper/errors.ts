/** Errors of this room: each names the file and, where there is one, the field. */
import { LockstepError } from "../core/errors.ts";

/**
 * - `WHISPER_TRUNCATED`: the file ends before what its header promises.
 * - `WHISPER_FIELD`: a field of the header holds what it can't.
 * - `WHISPER_TOO_LARGE`: more than our limits allow.
 * - `WHISPER_COMPRESSED`: go-carbon's compressed format, which is another one.
 */
export type WhisperErrorCode = "WHISPER_TRUNCATED" | "WHISPER_FIELD" | "WHISPER_TOO_LARGE" | "WHISPER_COMPRESSED";

export function whisperError(code: WhisperErrorCode, file: string, what: string): LockstepError {
  return new LockstepError(code, `cannot read ${file}: ${what}`);
}

/** A field that holds what it can't; the rule says what it should. */
export function badField(file: string, field: string, value: number, rule: string): LockstepError {
  return whisperError("WHISPER_FIELD", file, `${field} is ${value}, and has to be ${rule}`);
}
