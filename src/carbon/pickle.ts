/**
 * Carbon's pickle protocol: a list of `(name, (timestamp, value))`, pickled by Python (protocols 0 to 5).
 *
 * Pickle is a program for a little stack machine, and Python's runs whatever it is told to. This one knows lists,
 * tuples, texts and numbers, and nothing that could name a class or call anything: such an opcode is an error. Every
 * opcode makes at most one object, so memory is bounded by the length of the frame.
 */
import { LockstepError } from "../core/errors.ts";
import { parseFloatText } from "./float.ts";
import type { FramedPoint } from "./framing.ts";

/** Objects that a pickle can be made of here. Python's `bytes` are kept apart: a name has to be text. */
type Item = null | boolean | number | string | Uint8Array | readonly Item[] | ItemList | typeof MARK;

class ItemList {
  readonly items: Item[] = [];
}

const MARK = Symbol("mark");
const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder();

/** Points, and how many entries of the list were none. @throws LockstepError `PICKLE`. */
export function decodePickle(frame: Uint8Array): { readonly points: readonly FramedPoint[]; readonly bad: number } {
  const root = new Unpickler(frame).run();
  if (!(root instanceof ItemList) && !Array.isArray(root)) throw pickleError("it is no list");
  const points: FramedPoint[] = [];
  let bad = 0;
  for (const entry of itemsOf(root)) {
    const point = readPoint(entry);
    if (point === undefined) bad++;
    else points.push(point);
  }
  return { points, bad };
}

function readPoint(entry: Item): FramedPoint | undefined {
  const [name, pair, ...more] = itemsOf(entry);
  const [seconds, value, ...rest] = itemsOf(pair);
  if (typeof name !== "string" || seconds === undefined || value === undefined || more.length + rest.length > 0)
    return undefined;
  return { name, seconds: numberOf(seconds), value: numberOf(value) };
}

function itemsOf(item: Item | undefined): readonly Item[] {
  if (item instanceof ItemList) return item.items;
  return Array.isArray(item) ? (item as readonly Item[]) : [];
}

/** As `float()`: numbers, and texts of numbers. */
function numberOf(item: Item): number {
  if (typeof item === "number") return item;
  if (typeof item === "boolean") return Number(item);
  return typeof item === "string" ? (parseFloatText(item.trim()) ?? Number.NaN) : Number.NaN;
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #memo = new Map<number, Item>();
  readonly #stack: Item[] = [];
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  run(): Item {
    for (;;) {
      const opcode = this.#take(1)[0]!;
      if (opcode === 0x2e) return this.#pop(); // STOP
      const handler = HANDLERS.get(opcode);
      if (handler === undefined) {
        throw pickleError(
          `opcode 0x${opcode.toString(16)} at byte ${this.#position - 1} is none of lists, tuples, texts and numbers`,
        );
      }
      handler(this);
    }
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#position)
      throw pickleError(`it ends at byte ${this.#bytes.length}, too early`);
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  bytes(length: number): Uint8Array {
    return this.#take(length);
  }
  uint(width: 1 | 2 | 4): number {
    const at = this.#position;
    this.#take(width);
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }
  int32(): number {
    this.#take(4);
    return this.#view.getInt32(this.#position - 4, true);
  }
  /** A length of eight bytes; more than four are beyond any frame. */
  length8(): number {
    const low = this.uint(4);
    return this.uint(4) === 0 ? low : Number.MAX_SAFE_INTEGER;
  }
  float64(): number {
    this.#take(8);
    return this.#view.getFloat64(this.#position - 8);
  }
  /** Two's complement, little-endian, of any length. */
  long(length: number): number {
    const bytes = this.#take(length);
    let value = 0;
    for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
    return length > 0 && bytes[length - 1]! >= 128 ? value - 256 ** length : value;
  }
  line(): string {
    const end = this.#bytes.indexOf(10, this.#position);
    if (end < 0) throw pickleError("a line in it has no end");
    const text = latin1.decode(this.#take(end - this.#position));
    this.#take(1);
    return text;
  }

  push(item: Item): void {
    this.#stack.push(item);
  }
  #pop(): Item {
    const item = this.#stack.pop();
    if (item === undefined || item === MARK) throw pickleError("it takes from an empty stack");
    return item;
  }
  pop(): Item {
    return this.#pop();
  }
  top(): Item {
    const item = this.#stack.at(-1);
    if (item === undefined) throw pickleError("it takes from an empty stack");
    return item;
  }
  /** What lies above the last mark, which goes with it. */
  toMark(): readonly Item[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw pickleError("it has no mark where it needs one");
    return this.#stack.splice(mark).slice(1);
  }
  append(items: readonly Item[]): void {
    const list = this.top();
    if (!(list instanceof ItemList)) throw pickleError("it appends to what is no list");
    for (const item of items) list.items.push(item);
  }

  remember(key: number): void {
    this.#memo.set(key, this.top());
  }
  rememberNext(): void {
    this.#memo.set(this.#memo.size, this.top());
  }
  recall(key: number): void {
    const item = this.#memo.get(key);
    if (item === undefined) throw pickleError(`it recalls ${key}, which it never remembered`);
    this.push(item);
  }
}

type Handler = (machine: Unpickler) => void;

function tuple(machine: Unpickler, length: number): void {
  const items = Array.from({ length }, () => machine.pop());
  machine.push(items.reverse());
}

/** Texts of protocol 0 and Python 2: latin-1 there, and names of metrics are ASCII. */
function quoted(line: string): string {
  const match = /^(['"])(.*)\1$/.exec(line);
  if (match === null) throw pickleError("a text in it has no quotes");
  return match[2]!.replace(/\\x([0-9a-f]{2})|\\(.)/g, (_, hex: string | undefined, plain: string | undefined) =>
    hex === undefined ? (ESCAPES[plain!] ?? plain!) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** Protocol 0's unicode: `raw-unicode-escape`. */
function unescaped(line: string): string {
  return line.replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (_, four: string | undefined, eight: string | undefined) => {
      const code = Number.parseInt(four ?? eight!, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}

function decimal(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw pickleError(`"${text.slice(0, 40)}" in it is no whole number`);
  return Number(text);
}

/** `I01` and `I00` are True and False in protocol 0. */
function decimalOrBoolean(text: string): Item {
  return text === "01" ? true : text === "00" ? false : decimal(text);
}

function floatLine(text: string): number {
  const value = parseFloatText(text);
  if (value === undefined) throw pickleError(`"${text.slice(0, 40)}" in it is no number`);
  return value;
}

/** Python's pickle.py and pickletools.py name these opcodes. */
const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [0x80, (m) => void m.uint(1)], // PROTO
  [0x95, (m) => void m.length8()], // FRAME
  [0x28, (m) => m.push(MARK)], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.toMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x5d, (m) => m.push(new ItemList())], // EMPTY_LIST
  [
    0x6c,
    (m) => {
      const items = m.toMark(); // LIST
      m.push(new ItemList());
      m.append(items);
    },
  ],
  [
    0x61,
    (m) => {
      const item = m.pop(); // APPEND
      m.append([item]);
    },
  ],
  [0x65, (m) => m.append(m.toMark())], // APPENDS
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x74, (m) => m.push(m.toMark())], // TUPLE
  [0x85, (m) => tuple(m, 1)], // TUPLE1
  [0x86, (m) => tuple(m, 2)], // TUPLE2
  [0x87, (m) => tuple(m, 3)], // TUPLE3
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x49, (m) => m.push(decimalOrBoolean(m.line()))], // INT
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x4b, (m) => m.push(m.uint(1))], // BININT1
  [0x4d, (m) => m.push(m.uint(2))], // BININT2
  [0x4c, (m) => m.push(decimal(m.line().replace(/L$/, "")))], // LONG
  [0x8a, (m) => m.push(m.long(m.uint(1)))], // LONG1
  [0x8b, (m) => m.push(m.long(m.uint(4)))], // LONG4
  [0x46, (m) => m.push(floatLine(m.line()))], // FLOAT
  [0x47, (m) => m.push(m.float64())], // BINFLOAT
  [0x53, (m) => m.push(quoted(m.line()))], // STRING
  [0x54, (m) => m.push(latin1.decode(m.bytes(m.uint(4))))], // BINSTRING
  [0x55, (m) => m.push(latin1.decode(m.bytes(m.uint(1))))], // SHORT_BINSTRING
  [0x56, (m) => m.push(unescaped(m.line()))], // UNICODE
  [0x58, (m) => m.push(utf8.decode(m.bytes(m.uint(4))))], // BINUNICODE
  [0x8c, (m) => m.push(utf8.decode(m.bytes(m.uint(1))))], // SHORT_BINUNICODE
  [0x8d, (m) => m.push(utf8.decode(m.bytes(m.length8())))], // BINUNICODE8
  [0x42, (m) => m.push(m.bytes(m.uint(4)))], // BINBYTES
  [0x43, (m) => m.push(m.bytes(m.uint(1)))], // SHORT_BINBYTES
  [0x8e, (m) => m.push(m.bytes(m.length8()))], // BINBYTES8
  [0x70, (m) => m.remember(decimal(m.line()))], // PUT
  [0x71, (m) => m.remember(m.uint(1))], // BINPUT
  [0x72, (m) => m.remember(m.uint(4))], // LONG_BINPUT
  [0x94, (m) => m.rememberNext()], // MEMOIZE
  [0x67, (m) => m.recall(decimal(m.line()))], // GET
  [0x68, (m) => m.recall(m.uint(1))], // BINGET
  [0x6a, (m) => m.recall(m.uint(4))], // LONG_BINGET
]);

function pickleError(what: string): LockstepError {
  return new LockstepError("PICKLE", `the pickle can't be read: ${what}`);
}
