/** Ids of the series that have one tag, ascending: a number for a lone one, else a list that grows by half. */
import type { SeriesId } from "../core/series-store.ts";

export type Posting = SeriesId | PostingList;

export class PostingList {
  #ids: Int32Array;
  #length = 2;

  constructor(first: SeriesId, second: SeriesId) {
    this.#ids = Int32Array.of(first, second, 0, 0);
  }

  get length(): number {
    return this.#length;
  }
  get ids(): Int32Array {
    return this.#ids.subarray(0, this.#length);
  }
  get memoryBytes(): number {
    return this.#ids.byteLength;
  }

  add(id: SeriesId): void {
    if (this.#length === this.#ids.length) this.#resize(this.#length + (this.#length >> 1));
    this.#ids[this.#length++] = id;
  }

  /** Removes ids and returns how many are left. */
  remove(gone: readonly SeriesId[]): number {
    const sorted = Int32Array.from(gone).sort();
    let length = 0;
    for (let i = 0, next = 0; i < this.#length; i++) {
      const id = this.#ids[i]!;
      while (sorted[next]! < id) next++;
      if (sorted[next] !== id) this.#ids[length++] = id;
    }
    this.#length = length;
    if (length * 4 < this.#ids.length && length >= 4) this.#resize(length);
    return length;
  }

  #resize(capacity: number): void {
    const ids = new Int32Array(capacity);
    ids.set(this.ids);
    this.#ids = ids;
  }
}

export function postingIds(posting: Posting): Int32Array {
  return typeof posting === "number" ? Int32Array.of(posting) : posting.ids;
}
