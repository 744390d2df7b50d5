/** Reading and writing single fields of a file's structures, in the byte order and word size of its machine. */
import type { Machine } from "./machine.ts";
import { NAME_BYTES } from "./structs.ts";

/**
 * What stands for "unknown" in files that are written: the NaN that a division of zero by zero gives on x86, as rrdtool
 * writes it. It prints as `-nan`; a file can hold others.
 */
const UNKNOWN_BITS = 0xfff8_0000_0000_0000n;

export class Fields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  readonly #wordBytes: 4 | 8;

  constructor(bytes: Uint8Array, machine: Pick<Machine, "littleEndian" | "wordBytes">) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = machine.littleEndian;
    this.#wordBytes = machine.wordBytes;
  }

  double(at: number): number {
    return this.#view.getFloat64(at, this.#littleEndian);
  }

  /** C's unsigned long, exactly. */
  word(at: number): bigint {
    return this.#wordBytes === 8
      ? this.#view.getBigUint64(at, this.#littleEndian)
      : BigInt(this.#view.getUint32(at, this.#littleEndian));
  }

  /** C's time_t. */
  time(at: number, timeBytes: 4 | 8): bigint {
    return timeBytes === 8
      ? this.#view.getBigInt64(at, this.#littleEndian)
      : BigInt(this.#view.getInt32(at, this.#littleEndian));
  }

  short(at: number): number {
    return this.#view.getInt16(at, this.#littleEndian);
  }

  /** Up to the first zero, at most `length` bytes, one character a byte. */
  text(at: number, length: number): string {
    let text = "";
    for (let i = at; i < at + length && this.bytes[i] !== 0; i++) text += String.fromCharCode(this.bytes[i]!);
    return text;
  }

  name(at: number): string {
    return this.text(at, NAME_BYTES);
  }

  // ---- writing

  setDouble(at: number, value: number): void {
    if (Number.isNaN(value)) this.#view.setBigUint64(at, UNKNOWN_BITS, this.#littleEndian);
    else this.#view.setFloat64(at, value, this.#littleEndian);
  }

  setWord(at: number, value: number | bigint): void {
    if (this.#wordBytes === 8) this.#view.setBigUint64(at, BigInt(value), this.#littleEndian);
    else this.#view.setUint32(at, Number(value), this.#littleEndian);
  }

  setTime(at: number, value: number, timeBytes: 4 | 8): void {
    if (timeBytes === 8) this.#view.setBigInt64(at, BigInt(value), this.#littleEndian);
    else this.#view.setInt32(at, value, this.#littleEndian);
  }

  setShort(at: number, value: number): void {
    this.#view.setInt16(at, value, this.#littleEndian);
  }

  /** The text, cut to `length` − 1 characters, and zeros up to `length`. */
  setText(at: number, text: string, length: number): void {
    for (let i = 0; i < length; i++) this.bytes[at + i] = i < length - 1 && i < text.length ? text.charCodeAt(i) : 0;
  }
}
