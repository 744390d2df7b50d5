/**
 * RRD files of other machines, made out of those of this one. Written from the structures of rrdtool's rrd_format.h and C's
 * rules for laying them out, and from nothing of ours: no such machine is here to write a real one.
 */

/** How a C compiler lays out structures. */
export interface Abi {
  readonly littleEndian: boolean;
  readonly long: 4 | 8;
  readonly time: 4 | 8;
  /** On which multiples doubles, and times of eight bytes, begin. */
  readonly align8: 4 | 8;
}

export const AMD64: Abi = { littleEndian: true, long: 8, time: 8, align8: 8 };

export const ABIS: Readonly<Record<string, Abi>> = {
  amd64: AMD64,
  s390x: { littleEndian: false, long: 8, time: 8, align8: 8 },
  i386: { littleEndian: true, long: 4, time: 4, align8: 4 },
  "i386, long time": { littleEndian: true, long: 4, time: 8, align8: 4 },
  armhf: { littleEndian: true, long: 4, time: 4, align8: 8 },
  "armhf, long time": { littleEndian: true, long: 4, time: 8, align8: 8 },
  mips: { littleEndian: false, long: 4, time: 4, align8: 8 },
  m68k: { littleEndian: false, long: 4, time: 4, align8: 4 },
};

/** `u` is rrdtool's unival: eight bytes that hold a double, a long or, in an expression, four of them and four. */
type Kind = { readonly chars: number } | "long" | "time" | "double" | "uDouble" | "uLong" | "uRpn";
type Struct = readonly Kind[];
type Value = bigint | number | Uint8Array;

const doubles = (count: number): Kind[] => Array.from({ length: count }, () => "uDouble");
const STAT_HEAD: Struct = [{ chars: 4 }, { chars: 5 }, "double", "long", "long", "long", ...doubles(10)];
const RRA_DEF: Struct = [{ chars: 20 }, "long", "long", ...doubles(10)];
const PDP_PREP: Struct = [{ chars: 30 }, "uLong", ...doubles(9)];
const CDP_PREP: Struct = ["uDouble", "uLong", ...doubles(8)];
const RRA_PTR: Struct = ["long"];
const dsDef = (compute: boolean): Struct => [
  { chars: 20 },
  { chars: 20 },
  ...(compute ? Array.from({ length: 10 }, () => "uRpn" as const) : ["uLong" as const, ...doubles(9)]),
];
const liveHead = (version: number): Struct => (version < 3 ? ["time"] : ["time", "long"]);

/** The same file as `abi` would have written it, as that version of the format. */
export function translateRrd(bytes: Uint8Array, abi: Abi, version: number): Uint8Array {
  const from = new Reader(bytes, AMD64);
  const to = new Writer(abi);
  const head = from.struct(STAT_HEAD);
  const [dataSources, archives] = [Number(head[3]), Number(head[4])];
  head[1] = new TextEncoder().encode(`${String(version).padStart(4, "0")}\0`);
  to.struct(STAT_HEAD, head);
  for (let i = 0; i < dataSources; i++) {
    const compute = new TextDecoder().decode(from.peek(20, 7)) === "COMPUTE";
    to.struct(dsDef(compute), from.struct(dsDef(compute)));
  }
  const rows: number[] = [];
  for (let i = 0; i < archives; i++) {
    const definition = from.struct(RRA_DEF);
    rows.push(Number(definition[1]));
    to.struct(RRA_DEF, definition);
  }
  to.struct(liveHead(version), from.struct(liveHead(3)).slice(0, version < 3 ? 1 : 2));
  const copy = (struct: Struct, count: number) => {
    for (let i = 0; i < count; i++) to.struct(struct, from.struct(struct));
  };
  copy(PDP_PREP, dataSources);
  copy(CDP_PREP, dataSources * archives);
  copy(RRA_PTR, archives);
  copy(["double"], rows.reduce((sum, count) => sum + count, 0) * dataSources);
  return to.bytes();
}

function sizeOf(kind: Kind, abi: Abi): number {
  if (typeof kind === "object") return kind.chars;
  if (kind === "long") return abi.long;
  return kind === "time" ? abi.time : 8;
}

function alignmentOf(kind: Kind, abi: Abi): number {
  if (typeof kind === "object") return 1;
  const size = sizeOf(kind, abi);
  return size === 8 ? abi.align8 : size;
}

function up(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function layout(struct: Struct, abi: Abi): { readonly offsets: number[]; readonly bytes: number } {
  let end = 0;
  const offsets = struct.map((kind) => {
    const at = up(end, alignmentOf(kind, abi));
    end = at + sizeOf(kind, abi);
    return at;
  });
  return { offsets, bytes: up(end, Math.max(...struct.map((kind) => alignmentOf(kind, abi)))) };
}

class Reader {
  #at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #abi: Abi;

  constructor(bytes: Uint8Array, abi: Abi) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#abi = abi;
  }

  peek(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(this.#at + offset, this.#at + offset + length);
  }

  struct(struct: Struct): Value[] {
    const { offsets, bytes } = layout(struct, this.#abi);
    const begin = this.#at;
    this.#at += bytes;
    return struct.map((kind, i) => this.#value(kind, begin + offsets[i]!));
  }

  #value(kind: Kind, at: number): Value {
    if (typeof kind === "object") return this.#bytes.slice(at, at + kind.chars);
    if (kind === "uRpn") return this.#bytes.slice(at, at + 8);
    if (kind === "double" || kind === "uDouble") return this.#view.getFloat64(at, this.#abi.littleEndian);
    return this.#view.getBigInt64(at, this.#abi.littleEndian);
  }
}

class Writer {
  readonly #parts: Uint8Array[] = [];
  readonly #abi: Abi;

  constructor(abi: Abi) {
    this.#abi = abi;
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }

  struct(struct: Struct, values: readonly Value[]): void {
    const { offsets, bytes } = layout(struct, this.#abi);
    const part = new Uint8Array(bytes);
    const view = new DataView(part.buffer);
    for (const [i, kind] of struct.entries()) this.#put(part, view, kind, offsets[i]!, values[i]!);
    this.#parts.push(part);
  }

  #put(part: Uint8Array, view: DataView, kind: Kind, at: number, value: Value): void {
    const { littleEndian, long, time } = this.#abi;
    if (kind === "uRpn") this.#putRpn(part, view, at, value as Uint8Array);
    else if (value instanceof Uint8Array) part.set(value, at);
    else if (typeof value === "number") view.setFloat64(at, value, littleEndian);
    else if ((kind === "time" ? time : long) === 8) view.setBigInt64(at, value, littleEndian);
    else view.setInt32(at, Number(value), littleEndian);
  }

  /** Two nodes: a char, a gap, and a short. */
  #putRpn(part: Uint8Array, view: DataView, at: number, value: Uint8Array): void {
    const shorts = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (const node of [0, 4]) {
      part[at + node] = value[node]!;
      view.setInt16(at + node + 2, shorts.getInt16(node + 2, true), this.#abi.littleEndian);
    }
  }
}
