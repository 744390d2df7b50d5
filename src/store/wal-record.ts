/**
 * What the write-ahead log's records say (docs/formats/wal.md). Pure: bytes in, points out.
 *
 *     points    flags 4 │ count 4 │ first time 4 │ ids 4 × (count or 1) │ [times 4 × count] │ values 8 × count
 *     horizon   flags 4 │ slot 8 (float)
 */
import type { RecordBuffer } from "../core/record-log.ts";

const SAME_TIME = 1;
const CONSECUTIVE_IDS = 2;
const HORIZON = 0x8000_0000;
const POINTS_HEADER_BYTES = 12;

/** Appends a record of points; the arrays are read, not kept. */
export function putPoints(
  buffer: RecordBuffer,
  count: number,
  ids: Int32Array,
  seconds: Uint32Array,
  values: Float64Array,
): void {
  const firstTime = seconds[0]!;
  const firstId = ids[0]!;
  let flags = SAME_TIME | CONSECUTIVE_IDS;
  for (let i = 1; i < count && flags !== 0; i++) {
    if (seconds[i] !== firstTime) flags &= ~SAME_TIME;
    if (ids[i] !== firstId + i) flags &= ~CONSECUTIVE_IDS;
  }
  const idBytes = (flags & CONSECUTIVE_IDS) !== 0 ? 4 : 4 * count;
  const timeBytes = (flags & SAME_TIME) !== 0 ? 0 : 4 * count;
  const length = POINTS_HEADER_BYTES + idBytes + timeBytes + 8 * count;
  const { bytes, view, at } = buffer.begin(length);
  view.setUint32(at, flags, true);
  view.setUint32(at + 4, count, true);
  view.setUint32(at + 8, firstTime, true);
  let position = at + POINTS_HEADER_BYTES;
  bytes.set(new Uint8Array(ids.buffer, ids.byteOffset, idBytes), position);
  position += idBytes;
  bytes.set(new Uint8Array(seconds.buffer, seconds.byteOffset, timeBytes), position);
  position += timeBytes;
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, 8 * count), position);
  buffer.finish(length);
}

/** Says that points below this slot are late from here on. */
export function putHorizon(buffer: RecordBuffer, slot: number): void {
  const { view, at } = buffer.begin(12);
  view.setUint32(at, HORIZON, true);
  view.setFloat64(at + 4, slot, true);
  buffer.finish(12);
}

export interface WalVisitor {
  onHorizon(slot: number): void;
  /** Columns of points, valid during the call. */
  onPoints(count: number, ids: Int32Array, seconds: Uint32Array, values: Float64Array): void;
}

/** Room for the columns of a record, used again for each. */
let room = makeRoom(8192);

function makeRoom(length: number) {
  return { ids: new Int32Array(length), seconds: new Uint32Array(length), values: new Float64Array(length) };
}

/** Returns false when the record makes no sense: it passed its checksum, so a newer version must have written it. */
export function readWalRecord(payload: Uint8Array, visitor: WalVisitor): boolean {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < 12) return false;
  const flags = view.getUint32(0, true);
  if (flags === HORIZON) {
    visitor.onHorizon(view.getFloat64(4, true));
    return true;
  }
  if (flags > (SAME_TIME | CONSECUTIVE_IDS)) return false;
  const count = view.getUint32(4, true);
  const consecutive = (flags & CONSECUTIVE_IDS) !== 0;
  const sameTime = (flags & SAME_TIME) !== 0;
  const idsAt = POINTS_HEADER_BYTES;
  const timesAt = idsAt + (consecutive ? 4 : 4 * count);
  const valuesAt = timesAt + (sameTime ? 0 : 4 * count);
  if (count === 0 || payload.length !== valuesAt + 8 * count) return false;
  if (count > room.ids.length) room = makeRoom(count);
  const { ids, seconds, values } = room;
  if (consecutive) {
    const firstId = view.getInt32(idsAt, true);
    for (let i = 0; i < count; i++) ids[i] = firstId + i;
  } else copyBytes(payload, idsAt, ids, 4 * count);
  if (sameTime) seconds.fill(view.getUint32(8, true), 0, count);
  else copyBytes(payload, timesAt, seconds, 4 * count);
  copyBytes(payload, valuesAt, values, 8 * count);
  visitor.onPoints(count, ids, seconds, values);
  return true;
}

/** Whatever the alignment. The files are little-endian, as every machine is that Node runs on. */
function copyBytes(from: Uint8Array, at: number, to: Int32Array | Uint32Array | Float64Array, bytes: number): void {
  new Uint8Array(to.buffer).set(from.subarray(at, at + bytes));
}
