/**
 * Carbon's protobuf protocol (carbon.proto), frames of
 *
 *     Payload { repeated Metric metrics = 1 }
 *     Metric  { string metric = 1; repeated Point points = 2 }
 *     Point   { uint32 timestamp = 1; double value = 2 }
 *
 * Fields that we don't know are passed over, as protobuf wants it. A frame is read as a whole before anything is taken
 * of it; it makes at most one object for every two of its bytes.
 */
import { LockstepError } from "../core/errors.ts";
import type { FramedPoint } from "./framing.ts";

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @throws LockstepError `PROTOBUF`. */
export function decodeProtobuf(frame: Uint8Array): readonly FramedPoint[] {
  const points: FramedPoint[] = [];
  const reader = new Reader(frame);
  reader.fields((field, wire) => {
    if (!isField(field, 1, wire, BYTES)) return false;
    readMetric(reader.message(), points);
    return true;
  });
  return points;
}

function readMetric(reader: Reader, points: FramedPoint[]): void {
  let name = "";
  const own: { seconds: number; value: number }[] = [];
  reader.fields((field, wire) => {
    if (isField(field, 1, wire, BYTES)) name = reader.text();
    else if (isField(field, 2, wire, BYTES)) own.push(readPoint(reader.message()));
    else return false;
    return true;
  });
  for (const point of own) points.push({ name, ...point });
}

/** A field that is not there has its type's zero. */
function readPoint(reader: Reader): { seconds: number; value: number } {
  let seconds = 0;
  let value = 0;
  reader.fields((field, wire) => {
    if (isField(field, 1, wire, VARINT)) seconds = reader.varint();
    else if (isField(field, 2, wire, FIXED_64)) value = reader.float64();
    else return false;
    return true;
  });
  return { seconds, value };
}

/** Whether it is this field. @throws when it is, but of another type: then the frame is no payload of carbon's. */
function isField(field: number, wanted: number, wire: number, wantedWire: number): boolean {
  if (field !== wanted) return false;
  if (wire !== wantedWire) throw protobufError(`field ${field} has wire type ${wire}, not ${wantedWire}`);
  return true;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Calls for every field; one that `read` does not take is passed over. */
  fields(read: (field: number, wire: number) => boolean): void {
    while (this.#at < this.#bytes.length) {
      const key = this.varint();
      const field = Math.floor(key / 8);
      const wire = key % 8;
      if (field === 0 || field > 0x1fff_ffff) throw protobufError(`${field} is no number of a field`);
      if (!read(field, wire)) this.#pass(wire);
    }
  }

  /** Up to 64 bits; beyond 2^53 it is not exact, which is as wrong as any such length, stamp or key. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.#take(1)[0]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw protobufError("a number in it has more than ten bytes");
  }

  float64(): number {
    const bytes = this.#take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  text(): string {
    const bytes = this.#take(this.varint());
    try {
      return utf8.decode(bytes);
    } catch {
      throw protobufError("a name in it is no UTF-8");
    }
  }

  message(): Reader {
    return new Reader(this.#take(this.varint()));
  }

  #pass(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED_64) this.#take(8);
    else if (wire === BYTES) this.#take(this.varint());
    else if (wire === FIXED_32) this.#take(4);
    else throw protobufError(`wire type ${wire} is none that carbon's messages have`);
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw protobufError("it ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function protobufError(what: string): LockstepError {
  return new LockstepError("PROTOBUF", `the protobuf message can't be read: ${what}`);
}
