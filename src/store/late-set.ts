/**
 * Late points that wait to be written out together. Those that come in bulk, many series at one moment after the other,
 * lie in a head, as open ones do; others one behind the other. What the head has room for goes there: so it always has
 * the newer value of the two.
 */
import { type BlockPool, Head } from "./head.ts";
import { PointBuffer } from "./point-buffer.ts";

export class LateSet {
  readonly head: Head;
  points = new PointBuffer();
  /** When the first of the points came, seconds. */
  since = 0;
  /** Points that somebody was told of: the first so many. */
  #told = 0;

  constructor(pool: BlockPool) {
    this.head = new Head(pool);
  }

  get empty(): boolean {
    return this.points.length === 0 && this.head.bytes === 0;
  }

  /** Tells of the points that came since the last time; not of those that came in bulk. */
  tellNew(onPoint: (id: number, seconds: number) => void): void {
    const { ids, seconds, length } = this.points;
    for (; this.#told < length; this.#told++) onPoint(ids[this.#told]!, seconds[this.#told]!);
  }

  /** Holds the latest of equal points only. */
  prune(): void {
    this.points = this.points.latest();
    this.#told = 0;
  }

  /** Is empty again. A buffer of ordinary size stays for the next points. */
  clear(mostPoints: number): void {
    this.head.release(Number.POSITIVE_INFINITY);
    if (this.points.length > mostPoints) this.points = new PointBuffer();
    this.points.length = 0;
    this.#told = 0;
  }
}

/** What is being written out, and how far that is: tiers whose overlay is on disk. */
export interface LateFlush {
  readonly set: LateSet;
  pointTiers: number;
  headTiers: number;
}
