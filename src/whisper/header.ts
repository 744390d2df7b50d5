/**
 * The header of a whisper file (whisper.py, head comment and `__readHeader`). Big-endian.
 *
 *     ┌─────────────────┬──────────────────┬──────────────────┬─────────────┐
 *     │ aggregation u32 │ max retention u32│ xFilesFactor f32 │ archives u32│   16 bytes
 *     ├─────────────────┼──────────────────┼──────────────────┼─────────────┘
 *     │ offset u32      │ step u32         │ points u32       │ … per archive, finest first
 *     ├─────────────────┼──────────────────┴─────────────┐
 *     │ time u32        │ value f64                      │ … per point, a ring per archive
 *     └─────────────────┴────────────────────────────────┘
 */
import type { AggregationMethod } from "../core/aggregation.ts";
import { badField, whisperError } from "./errors.ts";

const METADATA_BYTES = 16;
const ARCHIVE_BYTES = 12;
export const POINT_BYTES = 12;
/** whisper.py itself has no limit; nobody has more than five. */
const MOST_ARCHIVES = 64;
/** How go-carbon's compressed files begin. */
const COMPRESSED = "whisper_compressed";

/** By their numbers in the file, from 1 (whisper.py `aggregationTypeToMethod`). */
const METHODS: readonly AggregationMethod[] = ["average", "sum", "last", "max", "min", "avg_zero", "absmax", "absmin"];

export interface WhisperHeader {
  readonly method: AggregationMethod;
  readonly maxRetentionSeconds: number;
  readonly xFilesFactor: number;
  /** As they stand in the file: finest first. */
  readonly archives: readonly WhisperArchive[];
}

export interface WhisperArchive {
  /** Where its first point begins. */
  readonly offset: number;
  readonly stepSeconds: number;
  readonly points: number;
}

/**
 * @param bytes the whole file.
 * @throws LockstepError with a code of `WhisperErrorCode` that names file and field.
 */
export function parseHeader(bytes: Uint8Array, file: string): WhisperHeader {
  if (isCompressed(bytes)) {
    throw whisperError(
      "WHISPER_COMPRESSED",
      file,
      "go-carbon has compressed it; its own tool makes a plain file of it",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < METADATA_BYTES) {
    throw whisperError("WHISPER_TRUNCATED", file, `it has ${bytes.length} bytes, and a header has ${METADATA_BYTES}`);
  }
  const type = view.getUint32(0);
  const method = METHODS[type - 1];
  if (method === undefined) throw badField(file, "aggregationType", type, `1 to ${METHODS.length}`);
  const xFilesFactor = view.getFloat32(8);
  if (!(xFilesFactor >= 0 && xFilesFactor <= 1)) throw badField(file, "xFilesFactor", xFilesFactor, "from 0 to 1");
  const count = view.getUint32(12);
  if (count < 1 || count > MOST_ARCHIVES) throw badField(file, "archiveCount", count, `1 to ${MOST_ARCHIVES}`);
  const headerBytes = METADATA_BYTES + count * ARCHIVE_BYTES;
  if (bytes.length < headerBytes) {
    throw whisperError("WHISPER_TRUNCATED", file, `it has ${bytes.length} bytes, and its header ${headerBytes}`);
  }
  const archives = Array.from({ length: count }, (_, i) => readArchive(view, i, headerBytes, file));
  checkOrder(archives, file);
  return { method, maxRetentionSeconds: view.getUint32(4), xFilesFactor, archives };
}

function isCompressed(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, COMPRESSED.length)) === COMPRESSED;
}

function readArchive(view: DataView, i: number, headerBytes: number, file: string): WhisperArchive {
  const at = METADATA_BYTES + i * ARCHIVE_BYTES;
  const archive = { offset: view.getUint32(at), stepSeconds: view.getUint32(at + 4), points: view.getUint32(at + 8) };
  if (archive.offset < headerBytes) {
    throw badField(file, `archive[${i}].offset`, archive.offset, `at least ${headerBytes}, behind the header`);
  }
  if (archive.stepSeconds === 0) throw badField(file, `archive[${i}].secondsPerPoint`, 0, "at least 1");
  if (archive.points === 0) throw badField(file, `archive[${i}].points`, 0, "at least 1");
  const end = archive.offset + archive.points * POINT_BYTES;
  if (end > view.byteLength) {
    const has = `it has ${view.byteLength} bytes, and archive[${i}] reaches to ${end}`;
    throw whisperError("WHISPER_TRUNCATED", file, has);
  }
  return archive;
}

/** whisper itself makes no others; of a file in which they are otherwise it would be unclear what is true. */
function checkOrder(archives: readonly WhisperArchive[], file: string): void {
  for (let i = 1; i < archives.length; i++) {
    const finer = archives[i - 1]!;
    const { stepSeconds, points } = archives[i]!;
    if (stepSeconds <= finer.stepSeconds) {
      const rule = `more than ${finer.stepSeconds}, that of the archive before`;
      throw badField(file, `archive[${i}].secondsPerPoint`, stepSeconds, rule);
    }
    if (stepSeconds * points <= finer.stepSeconds * finer.points) {
      throw badField(file, `archive[${i}].points`, points, "enough to reach further back than the archive before");
    }
  }
}
