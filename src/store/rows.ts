/** Which row each series of a partition has in its heads. A series that never comes again gives its row to another. */
import type { SeriesId } from "../core/series-store.ts";

export class Rows {
  /** Series by row; −1 for a row that is free. */
  #ids = new Int32Array(1024);
  #count = 0;
  readonly #free: number[] = [];
  /** Rows by series; −1 for none. */
  #rowOf = new Int32Array(1024).fill(-1);

  get count(): number {
    return this.#count;
  }
  /** Series by row, −1 for rows that are free: a view. */
  get ids(): Int32Array {
    return this.#ids.subarray(0, this.#count);
  }

  /** −1 for a series that has none. */
  rowOf(id: SeriesId): number {
    return id < this.#rowOf.length ? this.#rowOf[id]! : -1;
  }

  /** The row of a series, given to it now if it has none. */
  take(id: SeriesId): number {
    const row = id < this.#rowOf.length ? this.#rowOf[id]! : -1;
    return row >= 0 ? row : this.#add(id);
  }

  #add(id: SeriesId): number {
    if (id >= this.#rowOf.length) {
      const rows = new Int32Array(Math.max(id + 1, this.#rowOf.length * 2)).fill(-1);
      rows.set(this.#rowOf);
      this.#rowOf = rows;
    }
    const row = this.#free.pop() ?? this.#count++;
    if (row >= this.#ids.length) {
      const ids = new Int32Array(this.#ids.length * 2);
      ids.set(this.#ids);
      this.#ids = ids;
    }
    this.#ids[row] = id;
    this.#rowOf[id] = row;
    return row;
  }

  /** Takes a row back; no head may hold anything of it. */
  free(id: SeriesId): void {
    const row = this.rowOf(id);
    if (row < 0) return;
    this.#rowOf[id] = -1;
    this.#ids[row] = -1;
    this.#free.push(row);
  }
}
