/**
 * Values out of a whisper file, as whisper-fetch gives them (whisper.py `file_fetch` and `__archive_fetch`).
 *
 * An archive is a ring: its first point holds the time from which places are counted, and a place counts only when the
 * time in it is the one that belongs there. What is left from the last turn of the ring reads as no value.
 */
import { LockstepError } from "../core/errors.ts";
import { POINT_BYTES, type WhisperArchive, type WhisperHeader } from "./header.ts";

export interface WhisperValues {
  /** Time of the first value, a multiple of the step. */
  readonly startSeconds: number;
  /** As whisper says it: just past the last value, unless the archive has fewer points than the window has slots. */
  readonly endSeconds: number;
  readonly stepSeconds: number;
  /** NaN = no value. */
  readonly values: Float64Array;
}

/**
 * The window (from, until] out of the first archive that reaches back to `from`; undefined when it lies wholly outside
 * of what the file keeps.
 * @throws LockstepError `WHISPER_RANGE` when it ends before it begins.
 */
export function fetchWhisper(
  bytes: Uint8Array,
  { archives, maxRetentionSeconds }: WhisperHeader,
  fromSeconds: number,
  untilSeconds: number,
  nowSeconds: number,
): WhisperValues | undefined {
  if (fromSeconds > untilSeconds) {
    throw new LockstepError("WHISPER_RANGE", `the window begins at ${fromSeconds}, after its end at ${untilSeconds}`);
  }
  const oldest = nowSeconds - maxRetentionSeconds;
  if (fromSeconds > nowSeconds || untilSeconds < oldest) return undefined;
  const from = Math.max(fromSeconds, oldest);
  const until = Math.min(untilSeconds, nowSeconds);
  const reaching = archives.find(({ stepSeconds, points }) => stepSeconds * points >= nowSeconds - from);
  return fetchArchive(bytes, reaching ?? archives.at(-1)!, from, until);
}

/** Everything that an archive holds at a moment: the window of its retention. */
export function wholeArchive(bytes: Uint8Array, archive: WhisperArchive, nowSeconds: number): WhisperValues {
  return fetchArchive(bytes, archive, nowSeconds - archive.stepSeconds * archive.points, nowSeconds);
}

function fetchArchive(bytes: Uint8Array, archive: WhisperArchive, from: number, until: number): WhisperValues {
  const { offset, stepSeconds, points } = archive;
  const startSeconds = from - modulo(from, stepSeconds) + stepSeconds;
  let endSeconds = until - modulo(until, stepSeconds) + stepSeconds;
  if (startSeconds === endSeconds) endSeconds += stepSeconds; // a window of no length: the next point
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const base = view.getUint32(offset);
  const slots = (endSeconds - startSeconds) / stepSeconds;
  const window = { startSeconds, endSeconds, stepSeconds };
  if (base === 0) return { ...window, values: new Float64Array(Math.min(slots, points)).fill(Number.NaN) };
  const first = modulo(Math.floor((startSeconds - base) / stepSeconds), points);
  // Whoever asks for more than the ring has gets what lies between the two places in it, or one whole turn.
  const count = modulo(slots, points) === 0 ? points : modulo(slots, points);
  const values = new Float64Array(count);
  for (let i = 0, place = first, time = startSeconds; i < count; i++, time += stepSeconds) {
    const at = offset + place * POINT_BYTES;
    values[i] = view.getUint32(at) === time ? view.getFloat64(at + 4) : Number.NaN;
    if (++place === points) place = 0;
  }
  return { ...window, values };
}

/** As Python has it: never negative. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
