/**
 * Large arrays that one request after the other uses. Left to the garbage collector, the thirty megabytes of a query over
 * ten thousand series cost more to make and to clear away than to fill. Their memory can be shared with threads.
 */

/** Smaller ones are made and left as usual. */
const LEAST_VALUES = 65_536;
/** Values that are kept for the next request: 32 MiB. */
const KEPT_VALUES = 4 * 1024 * 1024;
/** An array is not used for less than this share of it. */
const LEAST_SHARE = 4;

export class ColumnPool {
  readonly #free: Float64Array<SharedArrayBuffer>[] = [];
  #freeValues = 0;

  lease(): ColumnLease {
    const taken: Float64Array<SharedArrayBuffer>[] = [];
    return {
      take: (length) => {
        if (length < LEAST_VALUES) return new Float64Array(length).fill(Number.NaN);
        const array =
          this.#fitting(length) ?? new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
        taken.push(array);
        return array.subarray(0, length).fill(Number.NaN);
      },
      release: () => {
        for (const array of taken.splice(0)) this.#keep(array);
      },
    };
  }

  #fitting(length: number): Float64Array<SharedArrayBuffer> | undefined {
    const place = this.#free.findIndex((array) => array.length >= length && array.length <= length * LEAST_SHARE);
    if (place < 0) return undefined;
    const [array] = this.#free.splice(place, 1);
    this.#freeValues -= array!.length;
    return array;
  }

  /** The newest is the likeliest to be wanted again: older ones make room for it. */
  #keep(array: Float64Array<SharedArrayBuffer>): void {
    if (array.length > KEPT_VALUES) return;
    this.#free.unshift(array);
    this.#freeValues += array.length;
    while (this.#freeValues > KEPT_VALUES) this.#freeValues -= this.#free.pop()!.length;
  }
}

export interface ColumnLease {
  /** An array of so many NaN. */
  take(length: number): Float64Array;
  /** Nobody looks at any of them any more. Without it they go as all arrays go. */
  release(): void;
}
