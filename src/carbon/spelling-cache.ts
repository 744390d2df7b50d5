/**
 * What was decided of spellings that have no place in the name table, in bounded memory.
 *
 * A refused name makes no series, but a sender repeats it with every batch, and anybody can send new ones without end.
 * So there are two generations: what is new, or found again, is put into the young one; when that is full it becomes the
 * old one, and the old one is forgotten. Names that keep coming stay; the others go.
 */
import { LIMITS } from "../core/limits.ts";
import { NameTable, UNDECIDED } from "../core/name-table.ts";

const FIRST_CAPACITY = 256;

export class SpellingCache {
  readonly #seed: number;
  readonly #entries: number;
  readonly #bytes: number;
  #young: NameTable;
  #old: NameTable;
  #youngBytes = 0;

  /** `seed` is that of the name table whose hashes are passed in. Either limit ends a generation. */
  constructor(seed: number, entries: number = LIMITS.cachedSpellings, bytes: number = LIMITS.cachedSpellingBytes) {
    this.#seed = seed;
    this.#entries = entries;
    this.#bytes = bytes;
    this.#young = new NameTable(seed, FIRST_CAPACITY);
    this.#old = new NameTable(seed, FIRST_CAPACITY);
  }

  get memoryBytes(): number {
    return this.#young.memoryBytes + this.#old.memoryBytes;
  }

  /** The target of the spelling with these bytes, or `UNDECIDED`. */
  find(view: DataView, position: number, length: number, hash: number): number {
    const young = this.#young.find(view, position, length, hash);
    if (young >= 0) return this.#young.targetOf(young);
    const old = this.#old.find(view, position, length, hash);
    if (old < 0) return UNDECIDED;
    const target = this.#old.targetOf(old);
    this.#makeRoom(length);
    this.#young.insert(view, position, length, hash, target);
    return target;
  }

  /** The same for text. */
  targetOf(spelling: string): number {
    const young = this.#young.entryOf(spelling);
    if (young >= 0) return this.#young.targetOf(young);
    const old = this.#old.entryOf(spelling);
    if (old < 0) return UNDECIDED;
    const target = this.#old.targetOf(old);
    this.add(spelling, target);
    return target;
  }

  add(spelling: string, target: number): void {
    this.#makeRoom(Buffer.byteLength(spelling));
    this.#young.addSpelling(spelling, target);
  }

  clear(): void {
    this.#young = new NameTable(this.#seed, FIRST_CAPACITY);
    this.#old = new NameTable(this.#seed, FIRST_CAPACITY);
    this.#youngBytes = 0;
  }

  #makeRoom(length: number): void {
    if (this.#young.otherSpellings >= this.#entries || this.#youngBytes + length > this.#bytes) {
      this.#old = this.#young;
      this.#young = new NameTable(this.#seed, FIRST_CAPACITY);
      this.#youngBytes = 0;
    }
    this.#youngBytes += length;
  }
}
