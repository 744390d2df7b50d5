/**
 * What patterns have found, as long as no series is made or deleted: a dashboard asks for the same ones every few seconds,
 * and finding and sorting ten thousand names takes as long as reading them.
 */
import type { FoundSeries } from "../core/series-store.ts";

/** Names kept, of all patterns; the pattern used longest ago goes first. */
const KEPT_NAMES = 100_000;

export class FoundPaths {
  readonly #lists = new Map<string, readonly FoundSeries[]>();
  #generation = -1;
  #names = 0;

  of(pattern: string, generation: number): readonly FoundSeries[] | undefined {
    this.#moveTo(generation);
    const list = this.#lists.get(pattern);
    if (list !== undefined) {
      this.#lists.delete(pattern);
      this.#lists.set(pattern, list);
    }
    return list;
  }

  /** @param generation that from before the search. */
  keep(pattern: string, generation: number, list: readonly FoundSeries[]): void {
    if (generation !== this.#generation || list.length > KEPT_NAMES || this.#lists.has(pattern)) return;
    this.#lists.set(pattern, list);
    this.#names += list.length + 1;
    for (const [oldest, { length }] of this.#lists) {
      if (this.#names <= KEPT_NAMES) break;
      this.#lists.delete(oldest);
      this.#names -= length + 1;
    }
  }

  #moveTo(generation: number): void {
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#lists.clear();
    this.#names = 0;
  }
}
