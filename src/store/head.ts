/**
 * The newest values of every live series, in memory: a ring of slots, one row per series.
 *
 * Senders send all their series for one moment, then all for the next. So eight rows share a cache line per slot, and
 * one row's slots lie close enough to be gathered quickly when a window is written out:
 *
 *     block of 8192 rows:   tile of 8 rows:  │ slot 0: r0 r1 … r7 │ slot 1: r0 r1 … r7 │ …  K slots │ next tile …
 *
 * A slot's place in the ring is slot mod K. The ring does not know what time it is: the partition says which slots are
 * open, and clears those that have been written out.
 */
const BLOCK_ROWS = 8192;
const TILE_ROWS = 8;

export class Head {
  readonly ringSlots: number;
  readonly #blocks: Float64Array[] = [];
  /** Series id of each row. */
  #ids = new Int32Array(1024);
  #rows = 0;

  constructor(ringSlots: number) {
    this.ringSlots = ringSlots;
  }

  get rows(): number {
    return this.#rows;
  }
  get memoryBytes(): number {
    return this.#blocks.length * BLOCK_ROWS * this.ringSlots * 8;
  }
  idOfRow(row: number): number {
    return this.#ids[row]!;
  }

  addRow(id: number): number {
    const row = this.#rows++;
    if (row >= this.#ids.length) {
      const ids = new Int32Array(this.#ids.length * 2);
      ids.set(this.#ids);
      this.#ids = ids;
    }
    this.#ids[row] = id;
    if (row % BLOCK_ROWS === 0) this.#blocks.push(new Float64Array(BLOCK_ROWS * this.ringSlots).fill(Number.NaN));
    return row;
  }

  set(row: number, slot: number, value: number): void {
    this.#blocks[(row / BLOCK_ROWS) | 0]![this.#place(row, slot % this.ringSlots)] = value;
  }

  /** Fills `out[at …)` with a row's slots [from, to), where it has no value yet. */
  fillRow(row: number, from: number, to: number, out: Float64Array, at: number): void {
    const block = this.#blocks[(row / BLOCK_ROWS) | 0]!;
    let ring = from % this.ringSlots;
    for (let slot = from; slot < to; slot++) {
      if (Number.isNaN(out[at + slot - from]!)) out[at + slot - from] = block[this.#place(row, ring)]!;
      if (++ring === this.ringSlots) ring = 0;
    }
  }

  /** Copies a row's slots [from, to) to `out[at …)`, NaN where there is no value. */
  copyRow(row: number, from: number, to: number, out: Float64Array, at: number): void {
    const block = this.#blocks[(row / BLOCK_ROWS) | 0]!;
    let ring = from % this.ringSlots;
    for (let slot = from; slot < to; slot++) {
      out[at + slot - from] = block[this.#place(row, ring)]!;
      if (++ring === this.ringSlots) ring = 0;
    }
  }

  /** Forgets the slots [from, to) of all rows. */
  clear(from: number, to: number): void {
    const rowsPerBlock = BLOCK_ROWS / TILE_ROWS;
    for (const block of this.#blocks) {
      for (let tile = 0; tile < rowsPerBlock; tile++) {
        const base = tile * this.ringSlots * TILE_ROWS;
        let ring = from % this.ringSlots;
        for (let left = to - from; left > 0; ) {
          const run = Math.min(left, this.ringSlots - ring);
          block.fill(Number.NaN, base + ring * TILE_ROWS, base + (ring + run) * TILE_ROWS);
          left -= run;
          ring = 0;
        }
      }
    }
  }

  /** Rows in the order of their series' ids: the order in which segments hold them. */
  rowsById(): Int32Array {
    const rows = Int32Array.from({ length: this.#rows }, (_, row) => row);
    const ids = this.#ids;
    return rows.sort((a, b) => ids[a]! - ids[b]!);
  }

  #place(row: number, ring: number): number {
    const inBlock = row % BLOCK_ROWS;
    return ((inBlock >> 3) * this.ringSlots + ring) * TILE_ROWS + (inBlock & 7);
  }
}
