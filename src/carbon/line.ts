/**
 * Carbon's plaintext protocol, parsed as bytes: `name value timestamp\n`.
 *
 * The fast path knows the line that nearly every sender writes: a name that is known, one blank, a plain decimal
 * number, one blank, whole seconds. It makes no string and allocates nothing: the name is compared with the one that
 * followed last time, or hashed and looked up; the digits are added up. Any other line goes the slow path, which reads
 * it as carbon's Python does (protocols.py `MetricLineReceiver`): blanks and tabs anywhere, floats of every kind, −1 for
 * now. A line that can't be read costs itself, nothing else.
 *
 * Parsers of all connections share one scratch buffer; what belongs to a connection is the beginning of a line that
 * has not ended yet.
 */
import { LIMITS } from "../core/limits.ts";
import { finishName, mixName, NAME_SLACK_BYTES, type NameTable } from "../core/name-table.ts";
import type { SampleBatch } from "../core/series-store.ts";
import { parseFloatText } from "./float.ts";
import type { NameRejection } from "./name.ts";
import { type NameSink, resolveSpelling } from "./resolve-spelling.ts";
import { FIRST_CONTROL, FIRST_REFUSAL, RULE_REFUSALS, type RuleRefusal, UNDECIDED } from "./target.ts";

/** Why a line was not taken; the label of its counter. */
export type LineRejection =
  | NameRejection
  | RuleRefusal
  | "rule_too_slow"
  | "line_too_long"
  | "not_utf8"
  | "field_count"
  | "value"
  | "timestamp"
  | "nan"
  | "unfinished_line"
  | "series_limit"
  | "new_series_rate"
  | "frame_too_long"
  | "unfinished_frame"
  | "entry_shape"
  | "pickle"
  | "protobuf";

export interface LineSink extends NameSink {
  /**
   * Samples, in the order of the lines; among their ids may be routes (target.ts). The arrays are used again after the
   * call, which may overwrite them.
   */
  take(batch: SampleBatch): void;
  /** A line whose name `admit` gave a control number. Everything before it has been taken. */
  control(number: number, value: number, seconds: number): void;
  /** The line's bytes are valid during the call. */
  reject(reason: LineRejection, line: Uint8Array): void;
  /** The same for several lines whose names rules refuse, of which `latest` is the last one. */
  refuse(reason: RuleRefusal, lines: number, latest: Uint8Array): void;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const LOWER_E = 101;

const SCRATCH_BYTES = 256 * 1024;
const scratch = new Uint8Array(SCRATCH_BYTES + NAME_SLACK_BYTES);
const view = new DataView(scratch.buffer);
const scratchText = Buffer.from(scratch.buffer);

const BATCH = 8192;
const batchIds = new Int32Array(BATCH);
const batchSeconds = new Uint32Array(BATCH);
const batchValues = new Float64Array(BATCH);

/** By byte: 1 for letters, digits and what joins them, of which names are mostly made. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[A-Za-z0-9_.-]/.test(String.fromCharCode(byte))));

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, e) => Number(`1e${e}`));
/** Digits up to which a mantissa is exact in a double whatever they are. */
const SAFE_DIGITS = 15;
/** A number that is written longer goes the slow path. */
const LONGEST_NUMBER = 64;

const decoder = new TextDecoder("utf-8", { fatal: true });

export class LineParser {
  readonly #names: NameTable;
  readonly #sink: LineSink;
  readonly #nowSeconds: () => number;
  #carry = new Uint8Array(0);
  #carried = 0;
  /** The rest of a line that was too long is passed over. */
  #skipping = false;
  #length = 0;
  /** The entry of the line before, for prediction. */
  #last = -1;
  /** Of the line at hand: the entry of its name, −1 if it has none, and the target. */
  #entry = -1;
  #target = UNDECIDED;
  /** By reason: how many lines rules have refused in this piece, and where the latest begins. */
  readonly #refused = new Uint32Array(RULE_REFUSALS.length);
  readonly #refusedAt = new Uint32Array(RULE_REFUSALS.length);
  #anyRefused = false;

  constructor(names: NameTable, sink: LineSink, nowSeconds: () => number) {
    this.#names = names;
    this.#sink = sink;
    this.#nowSeconds = nowSeconds;
  }

  /** Takes the next bytes of the stream. */
  feed(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const room = SCRATCH_BYTES - this.#carried;
      const piece = chunk.subarray(from, from + room);
      scratch.set(this.#carry.subarray(0, this.#carried));
      scratch.set(piece, this.#carried);
      this.#consume(this.#carried + piece.length);
      from += piece.length;
    }
    this.#flush();
  }

  /** The stream has ended: a line without its newline may have been cut, and is not taken. */
  end(): void {
    if (this.#carried > 0) this.#sink.reject("unfinished_line", this.#carry.subarray(0, this.#carried));
    this.#carried = 0;
  }

  /** A datagram stands alone, and its last line needs no newline. */
  feedDatagram(bytes: Uint8Array): void {
    scratch.set(bytes);
    scratch[bytes.length] = NEWLINE;
    this.#consume(bytes.length + 1);
    this.#flush();
  }

  /** Parses the whole lines in scratch[0 … end) and keeps the rest. */
  #consume(end: number): void {
    let limit = end;
    while (limit > 0 && scratch[limit - 1] !== NEWLINE) limit--;
    let position = 0;
    if (this.#skipping && limit > 0) {
      position = scratch.indexOf(NEWLINE) + 1;
      this.#skipping = false;
    }
    while (position < limit) position = this.#line(position);
    if (this.#anyRefused) this.#tellRefused();
    this.#keep(position, end);
  }

  #keep(from: number, end: number): void {
    const length = this.#skipping ? 0 : end - from;
    if (length > LIMITS.lineBytes) {
      this.#sink.reject("line_too_long", scratch.subarray(from, end));
      this.#skipping = true;
      this.#carried = 0;
      return;
    }
    if (length > this.#carry.length) this.#carry = new Uint8Array(Math.max(256, length * 2));
    this.#carry.set(scratch.subarray(from, from + length));
    this.#carried = length;
  }

  // ---- the fast path ----------------------------------------------------------------------------------------------

  /** Parses the line at `start` and returns where the next one begins. */
  #line(start: number): number {
    const afterName = this.#name(start);
    if (afterName > 0) {
      if (this.#target <= FIRST_REFUSAL) return this.#refuse(start);
      const afterValue = this.#value(afterName);
      if (afterValue > 0) {
        const next = this.#timestamp(afterValue, start, afterName - 1);
        if (next > 0) return next;
      }
    }
    return this.#slowLine(start);
  }

  /** Finds the name's entry; returns the position after the blank that follows it, or 0. */
  #name(start: number): number {
    const names = this.#names;
    if (this.#last >= 0) {
      const expected = names.successorOf(this.#last);
      if (expected >= 0) {
        const length = names.lengthOf(expected);
        if (scratch[start + length] === SPACE && names.matches(expected, view, start, length)) {
          this.#entry = expected;
          this.#target = names.targetOf(expected);
          return start + length + 1;
        }
      }
    }
    return this.#lookUp(start);
  }

  #lookUp(start: number): number {
    let hash = this.#names.seed;
    let position = start;
    let word = view.getInt32(position, true);
    let blank = blankIn(word);
    while (blank === 0) {
      hash = mixName(hash, word);
      position += 4;
      if (position - start > LIMITS.nameBytes || position >= SCRATCH_BYTES) return 0;
      word = view.getInt32(position, true);
      blank = blankIn(word);
    }
    const rest = (31 - Math.clz32(blank & -blank)) >> 3;
    if (rest > 0) hash = mixName(hash, word & ((1 << (rest << 3)) - 1));
    const length = position + rest - start;
    const finished = finishName(hash, length);
    const entry = this.#names.find(view, start, length, finished);
    this.#entry = entry;
    if (entry >= 0) {
      this.#target = this.#names.targetOf(entry);
      if (this.#last >= 0) this.#names.setSuccessor(this.#last, entry);
    } else {
      this.#target = this.#sink.rules?.cache.find(view, start, length, finished) ?? UNDECIDED;
    }
    return start + length + 1;
  }

  /** A name that rules have refused before: the line is passed over, and counted. */
  #refuse(start: number): number {
    const reason = FIRST_REFUSAL - this.#target;
    this.#refused[reason]!++;
    this.#refusedAt[reason] = start;
    this.#anyRefused = true;
    return scratch.indexOf(NEWLINE, start) + 1;
  }

  /** While the lines are still in the scratch buffer. */
  #tellRefused(): void {
    RULE_REFUSALS.forEach((reason, index) => {
      const start = this.#refusedAt[index]!;
      const lines = this.#refused[index]!;
      if (lines > 0) this.#sink.refuse(reason, lines, scratch.subarray(start, scratch.indexOf(NEWLINE, start)));
    });
    this.#refused.fill(0);
    this.#anyRefused = false;
  }

  /** Reads a plain decimal into the batch; returns the position after the blank that follows it, or 0. */
  #value(start: number): number {
    let position = start;
    let byte = scratch[position]!;
    const negative = byte === MINUS;
    if (negative) byte = scratch[++position]!;
    let mantissa = 0;
    const firstDigit = position;
    while (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO);
      byte = scratch[++position]!;
    }
    let digits = position - firstDigit;
    let decimals = 0;
    if (byte === DOT) {
      const firstDecimal = position + 1;
      byte = scratch[++position]!;
      while (byte >= ZERO && byte <= NINE) {
        mantissa = mantissa * 10 + (byte - ZERO);
        byte = scratch[++position]!;
      }
      decimals = position - firstDecimal;
      digits += decimals;
    }
    // Exact as one correctly rounded division when the mantissa and the power of ten both are exact (Clinger 1990).
    if (byte !== SPACE || digits === 0 || digits > SAFE_DIGITS) return this.#otherValue(start);
    const value = decimals === 0 ? mantissa : mantissa / POWERS_OF_TEN[decimals]!;
    batchValues[this.#length] = negative ? -value : value;
    return position + 1;
  }

  /** Exponents, more digits than are exact, `inf`: by way of a string. NaN goes the slow path, which refuses it. */
  #otherValue(start: number): number {
    let end = numberEnd(start);
    const plain = end > 0;
    if (!plain) {
      end = start;
      while (scratch[end]! > SPACE && end - start < LONGEST_NUMBER) end++;
    }
    if (scratch[end] !== SPACE) return 0;
    const text = scratchText.toString("latin1", start, end);
    const value = plain ? Number(text) : parseFloatText(text);
    if (value === undefined || Number.isNaN(value)) return 0;
    batchValues[this.#length] = value;
    return end + 1;
  }

  /** Reads whole seconds, completes the sample of the name [from, to) and returns the position after the newline, or 0. */
  #timestamp(start: number, from: number, to: number): number {
    let position = start;
    let byte = scratch[position]!;
    let seconds = 0;
    while (byte >= ZERO && byte <= NINE) {
      seconds = seconds * 10 + (byte - ZERO);
      byte = scratch[++position]!;
    }
    if (position === start || position - start > 10 || seconds > 0xffff_ffff) return 0;
    if (byte === RETURN) byte = scratch[++position]!;
    if (byte !== NEWLINE) return 0;
    if (this.#target === UNDECIDED) return this.#newName(from, to, seconds) ? position + 1 : 0;
    if (this.#entry >= 0) this.#last = this.#entry;
    this.#sample(this.#target, batchValues[this.#length]!, seconds);
    return position + 1;
  }

  /** A sample of a name that has not been decided about; false for one that is not plain enough to be handed on as it is. */
  #newName(from: number, to: number, seconds: number): boolean {
    for (let i = from; i < to; i++) if (PLAIN[scratch[i]!] === 0) return false;
    const value = batchValues[this.#length]!;
    const target = resolveSpelling(this.#names, scratchText.toString("latin1", from, to), this.#sink);
    if (typeof target !== "string") this.#sample(target, value, seconds);
    else this.#sink.reject(target, scratch.subarray(from, scratch.indexOf(NEWLINE, to)));
    return true;
  }

  #sample(target: number, value: number, seconds: number): void {
    if (target <= FIRST_CONTROL) {
      this.#flush();
      this.#sink.control(target, value, seconds);
      return;
    }
    const i = this.#length;
    batchIds[i] = target;
    batchSeconds[i] = seconds;
    batchValues[i] = value;
    this.#length = i + 1;
    if (this.#length === BATCH) this.#flush();
  }

  #flush(): void {
    if (this.#length === 0) return;
    const length = this.#length;
    this.#length = 0;
    this.#sink.take({ length, ids: batchIds, seconds: batchSeconds, values: batchValues });
  }

  // ---- the slow path: what carbon's `line.strip().split()` and `float()` accept -----------------------------------

  #slowLine(start: number): number {
    const newline = scratch.indexOf(NEWLINE, start);
    const line = scratch.subarray(start, newline);
    const rejection = this.#slowSample(line);
    if (rejection !== undefined) this.#sink.reject(rejection, line);
    return newline + 1;
  }

  #slowSample(line: Uint8Array): LineRejection | undefined {
    if (line.length > LIMITS.lineBytes) return "line_too_long";
    let text: string;
    try {
      text = decoder.decode(line).trim();
    } catch {
      return "not_utf8";
    }
    if (text === "") return undefined; // carbon passes over blank lines without a word
    const fields = text.split(/[ \t\v\f\r]+/);
    if (fields.length !== 3) return "field_count";
    const value = parseFloatText(fields[1]!);
    if (value === undefined) return "value";
    const seconds = this.#seconds(fields[2]!);
    if (seconds === undefined) return "timestamp";
    if (Number.isNaN(value)) return "nan";
    const target = resolveSpelling(this.#names, fields[0]!, this.#sink);
    if (typeof target === "string") return target;
    this.#sample(target, value, seconds);
    return undefined;
  }

  /** Truncated to whole seconds; −1 is now. */
  #seconds(text: string): number | undefined {
    const number = parseFloatText(text);
    if (number === undefined) return undefined;
    const whole = Math.trunc(number);
    if (whole === -1) return this.#nowSeconds();
    return whole >= 0 && whole <= 0xffff_ffff ? whole : undefined;
  }
}

/** Where a number ends that Python and JavaScript both read in the same way: `-12.5e-7`; 0 for anything else. */
function numberEnd(start: number): number {
  let position = start;
  let byte = scratch[position]!;
  if (byte === MINUS || byte === PLUS) byte = scratch[++position]!;
  let digits = 0;
  for (; byte >= ZERO && byte <= NINE; digits++) byte = scratch[++position]!;
  if (byte === DOT) {
    byte = scratch[++position]!;
    for (; byte >= ZERO && byte <= NINE; digits++) byte = scratch[++position]!;
  }
  if (digits === 0 || position - start > LONGEST_NUMBER) return 0;
  if ((byte | 0x20) === LOWER_E) {
    byte = scratch[++position]!;
    if (byte === MINUS || byte === PLUS) byte = scratch[++position]!;
    const firstDigit = position;
    while (byte >= ZERO && byte <= NINE) byte = scratch[++position]!;
    if (position === firstDigit) return 0;
  }
  return position;
}

/** Non-zero when one of the word's four bytes is a blank; its lowest set bit lies in the first such byte. */
function blankIn(word: number): number {
  const zeroed = word ^ 0x20202020;
  return (zeroed - 0x01010101) & ~zeroed & 0x80808080;
}
