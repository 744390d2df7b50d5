/**
 * Names on the wire → series ids, without making strings.
 *
 * An open-addressing hash table over bytes. All spellings of all names lie end to end in one arena, each padded to a
 * multiple of four bytes, so that names are hashed and compared four bytes at a time:
 *
 *     slots   ┌────┬────┬────┬────┐   slot = hash & mask, then the next free one; holds entry + 1, 0 = empty
 *             │  0 │  7 │  0 │  3 │
 *             └────┴─┬──┴────┴────┘
 *     entries        └► offset[6], length[6], hash[6], id[6], target[6]
 *     arena   a.b.c·cpu.user···disk.used;host=n1···
 *
 * An entry is one spelling. Its `target` is where lines with it go: a series' id, or what the receiving side makes of
 * the other numbers (carbon/target.ts). `a;x=1;y=2` and `a;y=2;x=1` are two entries with one target. Its `id` is that of
 * the series with exactly this name, −1 if there is none, and `canonical` leads back from it to the entry. The two
 * differ where rules refuse or rename what is sent under the name of a series. The hash is seeded per process: names
 * come from the network, and a sender must not be able to make them collide.
 *
 * `successor` remembers which entry followed which: senders repeat their series in the same order, so the next line's
 * name is usually known before it is read (carbon/line.ts compares instead of hashing).
 */
import { assert } from "./errors.ts";
import type { SeriesId } from "./series-store.ts";

/** Readers may look this many bytes past the end of a name: views that are passed in must have that much slack. */
export const NAME_SLACK_BYTES = 8;
/** The target of a spelling about which nothing is decided. */
export const UNDECIDED = -1;

const NO_SERIES = -1;

const MAX_NAME_BYTES = 0xffff;
const MULTIPLIER = 0x5bd1e995;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** One step of the hash (MurmurHash2's mixing): the parser runs it while it looks for the end of the name. */
export function mixName(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, MULTIPLIER);
  return mixed ^ (mixed >>> 13);
}

/** The last step, over the length. */
export function finishName(hash: number, length: number): number {
  const mixed = Math.imul(hash ^ length, MULTIPLIER);
  return mixed ^ (mixed >>> 15);
}

export class NameTable {
  readonly seed: number;
  #entries = 0;
  #slots: Int32Array;
  #mask: number;
  #offset: Uint32Array;
  #length: Uint16Array;
  #hash: Int32Array;
  #id: Int32Array;
  #target: Int32Array;
  /** Whether a new series' own name leads to it without further ado. */
  #trusting = true;
  #successor: Int32Array;
  #canonical: Int32Array;
  #ids = 0;
  #arena: Uint8Array<ArrayBuffer>;
  #words: Int32Array;
  #top = 0;

  constructor(seed: number, capacity = 1024) {
    this.seed = seed | 0;
    const size = 1 << Math.ceil(Math.log2(Math.max(16, capacity)));
    this.#slots = new Int32Array(size * 2);
    this.#mask = size * 2 - 1;
    this.#offset = new Uint32Array(size);
    this.#length = new Uint16Array(size);
    this.#hash = new Int32Array(size);
    this.#id = new Int32Array(size);
    this.#target = new Int32Array(size);
    this.#successor = new Int32Array(size).fill(-1);
    this.#canonical = new Int32Array(size);
    this.#arena = new Uint8Array(size * 48);
    this.#words = new Int32Array(this.#arena.buffer);
  }

  /** How many series have a name here: ids are 0 … ids − 1. */
  get ids(): number {
    return this.#ids;
  }

  /** How many spellings are no series' name. */
  get otherSpellings(): number {
    return this.#entries - this.#ids;
  }

  get memoryBytes(): number {
    const columns = [this.#offset, this.#length, this.#hash, this.#id, this.#target, this.#successor];
    const fixed = this.#arena.byteLength + this.#slots.byteLength + this.#canonical.byteLength;
    return columns.reduce((sum, column) => sum + column.byteLength, fixed);
  }

  /** The entry with these bytes, or −1. `hash` as mixName/finishName make it. */
  find(view: DataView, position: number, length: number, hash: number): number {
    let slot = hash & this.#mask;
    for (;;) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return -1;
      if (this.#hash[entry] === hash && this.matches(entry, view, position, length)) return entry;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Whether the bytes at `position` are this entry's. */
  matches(entry: number, view: DataView, position: number, length: number): boolean {
    if (this.#length[entry] !== length) return false;
    const words = this.#words;
    let word = this.#offset[entry]! >> 2;
    const tail = position + (length & ~3);
    let p = position;
    for (; p < tail; p += 4) if (view.getInt32(p, true) !== words[word++]!) return false;
    const rest = length & 3;
    return rest === 0 || ((view.getInt32(p, true) ^ words[word]!) & ((1 << (rest << 3)) - 1)) === 0;
  }

  /** Where lines with this spelling go; `UNDECIDED` when that is to be found out (again). */
  targetOf(entry: number): number {
    return this.#target[entry]!;
  }
  setTarget(entry: number, target: number): void {
    this.#target[entry] = target;
  }

  /**
   * Forgets where every spelling leads. From now on, if `trusting`, a series' own name leads to it; else it is to be
   * decided as for any other spelling.
   */
  forgetTargets(trusting: boolean): void {
    this.#trusting = trusting;
    if (trusting) this.#target.set(this.#id);
    else this.#target.fill(UNDECIDED);
  }

  lengthOf(entry: number): number {
    return this.#length[entry]!;
  }
  /** The entry that followed this one the last time, or −1. */
  successorOf(entry: number): number {
    return this.#successor[entry]!;
  }
  setSuccessor(entry: number, next: number): void {
    this.#successor[entry] = next;
  }

  /** The entry of a name given as text, or −1. */
  entryOf(name: string): number {
    const { view, length } = toView(name);
    return this.find(view, 0, length, this.#hashOf(view, length));
  }

  /** The id of the series of this (canonical) name, or −1. */
  idOfName(name: string): SeriesId {
    const entry = this.entryOf(name);
    return entry < 0 ? -1 : this.#id[entry]!;
  }

  /** The canonical name of a series. */
  nameOf(id: SeriesId): string {
    return decoder.decode(this.bytesOf(id));
  }

  /** The canonical name's bytes: a view, valid until the next name is added. */
  bytesOf(id: SeriesId): Uint8Array {
    assert(id >= 0 && id < this.#ids, `series id ${id} exists`);
    const entry = this.#canonical[id]!;
    const offset = this.#offset[entry]!;
    return this.#arena.subarray(offset, offset + this.#length[entry]!);
  }

  /** Adds a new series under its canonical name and returns its id, the next one. */
  addSeries(name: string): SeriesId {
    return this.#addSeries(toView(name));
  }

  /** The same, of `length` bytes from `from` on. */
  addSeriesBytes(bytes: Uint8Array, from: number, length: number): SeriesId {
    assert(length <= MAX_NAME_BYTES, "a name is at most 65535 bytes long");
    written = undefined;
    for (let i = 0; i < length; i++) text[i] = bytes[from + i]!;
    return this.#addSeries({ view: textView, length });
  }

  /** Makes room for names that are about to be added, so that it need not grow again and again. */
  reserve(names: number): void {
    while (this.#offset.length < names) this.#growEntries();
    if (this.#canonical.length < names) this.#canonical = grown(this.#canonical, Int32Array, 0, names);
  }

  #addSeries({ view, length }: { readonly view: DataView; readonly length: number }): SeriesId {
    const id = this.#ids++;
    if (id >= this.#canonical.length) this.#canonical = grown(this.#canonical, Int32Array, 0);
    const entry = this.#spellingOf(view, length);
    assert(this.#id[entry] === NO_SERIES, `the name of series ${id} is new`);
    this.#canonical[id] = entry;
    this.#id[entry] = id;
    if (this.#trusting) this.#target[entry] = id;
    return id;
  }

  /** Takes series their names: when one comes again it is a new series. */
  removeSeries(ids: Iterable<SeriesId>): void {
    for (const id of ids) this.#id[this.#canonical[id]!] = NO_SERIES;
    this.forgetTargets(this.#trusting); // spellings of theirs, and what rules have made of them, lead nowhere now
  }

  /** Makes a spelling lead to a target, and returns its entry. */
  addSpelling(spelling: string, target: number): number {
    const { view, length } = toView(spelling);
    const entry = this.#spellingOf(view, length);
    this.#target[entry] = target;
    return entry;
  }

  #spellingOf(view: DataView, length: number): number {
    const hash = this.#hashOf(view, length);
    const known = this.find(view, 0, length, hash);
    return known >= 0 ? known : this.insert(view, 0, length, hash, UNDECIDED);
  }

  /** Adds a spelling that `find` has not found, as bytes. */
  insert(view: DataView, position: number, length: number, hash: number, target: number): number {
    const entry = this.#entries++;
    if (entry >= this.#offset.length) this.#growEntries();
    const padded = (length + 3) & ~3;
    if (this.#top + padded > this.#arena.length) this.#growArena(padded);
    for (let p = 0; p < length; p += 4) this.#words[(this.#top + p) >> 2] = view.getInt32(position + p, true);
    this.#offset[entry] = this.#top;
    this.#length[entry] = length;
    this.#hash[entry] = hash;
    this.#id[entry] = NO_SERIES;
    this.#target[entry] = target;
    this.#top += padded;
    this.#place(entry, hash);
    return entry;
  }

  #place(entry: number, hash: number): void {
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry + 1;
  }

  #growEntries(): void {
    const old = this.#offset.length;
    this.#offset = grown(this.#offset, Uint32Array, 0);
    this.#length = grown(this.#length, Uint16Array, 0);
    this.#hash = grown(this.#hash, Int32Array, 0);
    this.#id = grown(this.#id, Int32Array, 0);
    this.#target = grown(this.#target, Int32Array, 0);
    this.#successor = grown(this.#successor, Int32Array, -1);
    this.#slots = new Int32Array(old * 4);
    this.#mask = old * 4 - 1;
    for (let entry = 0; entry < Math.min(old, this.#entries); entry++) this.#place(entry, this.#hash[entry]!);
  }

  #growArena(needed: number): void {
    const arena = new Uint8Array(Math.max(this.#arena.length * 2, this.#top + needed));
    arena.set(this.#arena);
    this.#arena = arena;
    this.#words = new Int32Array(arena.buffer, 0, arena.length >> 2);
  }

  #hashOf(view: DataView, length: number): number {
    let hash = this.seed;
    let p = 0;
    for (; p + 4 <= length; p += 4) hash = mixName(hash, view.getInt32(p, true));
    const rest = length - p;
    if (rest > 0) hash = mixName(hash, view.getInt32(p, true) & ((1 << (rest << 3)) - 1));
    return finishName(hash, length);
  }
}

const text = new Uint8Array(MAX_NAME_BYTES + NAME_SLACK_BYTES);
const textView = new DataView(text.buffer);

const room = text.subarray(0, MAX_NAME_BYTES);
/** What the text is the bytes of: a new name is asked for several times in a row. */
let written: string | undefined;
let writtenBytes = 0;

/** The bytes of a name: valid until the next call. */
function toView(name: string): { view: DataView; length: number } {
  if (name !== written) {
    written = undefined;
    const { read, written: bytes } = encoder.encodeInto(name, room);
    assert(read === name.length, "a name is at most 65535 bytes long");
    written = name;
    writtenBytes = bytes;
  }
  return { view: textView, length: writtenBytes };
}

function grown<T extends Int32Array | Uint32Array | Uint16Array>(
  old: T,
  Type: new (n: number) => T,
  fill: number,
  length = old.length * 2,
): T {
  const bigger = new Type(length);
  if (fill !== 0) bigger.fill(fill, old.length);
  bigger.set(old);
  return bigger;
}
