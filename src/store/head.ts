/**
 * The newest slots of all series of a partition, in memory.
 *
 * Time is cut into layers of a few slots, a layer into blocks of rows: so memory is taken only where there are values,
 * and given back as windows are written out. Writers fill all series for one moment, then all for the next; within a
 * block eight rows therefore share a cache line per slot:
 *
 *     layer (6 slots) ─► block (1024 rows) ─► tile of 8 rows:  │ slot 0: r0 r1 … r7 │ slot 1: r0 r1 … r7 │ …
 *
 * Blocks are shared memory: the thread that writes a window out reads them where they are. The head does not know what
 * time it is: the partition says which slots are open.
 */
export const LAYER_SLOTS = 6;
const BLOCK_SHIFT = 10;
const BLOCK_ROWS = 1 << BLOCK_SHIFT;
const TILE_ROWS = 8;
const TILE_VALUES = TILE_ROWS * LAYER_SLOTS;
const BLOCK_VALUES = BLOCK_ROWS * LAYER_SLOTS;
export const BLOCK_BYTES = BLOCK_VALUES * 8;
/** Blocks that are kept for the next layer although nothing is in them. */
const SPARE_BLOCKS = 1024;

export type HeadBlock = Float64Array<SharedArrayBuffer>;

/** The part of the head that a window is made of: slots from `firstSlot` on, LAYER_SLOTS of them. */
export interface HeadLayer {
  readonly firstSlot: number;
  /** By row / BLOCK_ROWS; absent where no row has a value. */
  readonly blocks: readonly (HeadBlock | undefined)[];
}

interface Layer extends HeadLayer {
  readonly blocks: (HeadBlock | undefined)[];
}

export class Head {
  readonly #layers = new Map<number, Layer>();
  readonly #spare: HeadBlock[] = [];
  #blocks = 0;
  /** Series id of each row; −1 for a row that is free. */
  #ids = new Int32Array(1024);
  #rows = 0;
  readonly #freeRows: number[] = [];
  /** The layer that was written to last, and the first place in its tiles of the slot that was. */
  #slot = -1;
  #layer!: Layer;
  #slotAt = 0;

  get rows(): number {
    return this.#rows;
  }
  /** Of the blocks that hold values. */
  get bytes(): number {
    return this.#blocks * BLOCK_BYTES;
  }
  /** First slot of the oldest layer, or undefined when nothing is held. */
  get firstSlot(): number | undefined {
    let first: number | undefined;
    for (const layer of this.#layers.values()) {
      if (first === undefined || layer.firstSlot < first) first = layer.firstSlot;
    }
    return first;
  }
  /** Series ids by row, −1 for rows that are free. */
  get ids(): Int32Array {
    return this.#ids.subarray(0, this.#rows);
  }

  addRow(id: number): number {
    const row = this.#freeRows.pop() ?? this.#rows++;
    if (row >= this.#ids.length) {
      const ids = new Int32Array(this.#ids.length * 2);
      ids.set(this.#ids);
      this.#ids = ids;
    }
    this.#ids[row] = id;
    return row;
  }

  /** Takes a row back for another series; false when it holds values. */
  freeRow(row: number): boolean {
    for (const { blocks } of this.#layers.values()) {
      const block = blocks[row >> BLOCK_SHIFT];
      if (block === undefined) continue;
      for (let slot = 0; slot < LAYER_SLOTS; slot++) if (!Number.isNaN(block[placeOf(row, slot)]!)) return false;
    }
    this.#ids[row] = -1;
    this.#freeRows.push(row);
    return true;
  }

  set(row: number, slot: number, value: number): void {
    if (slot !== this.#slot) this.#select(slot);
    const block = this.#layer.blocks[row >> BLOCK_SHIFT] ?? this.#addBlock(row >> BLOCK_SHIFT);
    const inBlock = row & (BLOCK_ROWS - 1);
    block[(inBlock >> 3) * TILE_VALUES + this.#slotAt + (inBlock & 7)] = value;
  }

  #select(slot: number): void {
    const number = Math.floor(slot / LAYER_SLOTS);
    let layer = this.#layers.get(number);
    if (layer === undefined) {
      layer = { firstSlot: number * LAYER_SLOTS, blocks: [] };
      this.#layers.set(number, layer);
    }
    this.#slot = slot;
    this.#layer = layer;
    this.#slotAt = (slot - layer.firstSlot) * TILE_ROWS;
  }

  #addBlock(number: number): HeadBlock {
    const block = this.#spare.pop() ?? this.#allocate();
    block.fill(Number.NaN);
    const { blocks } = this.#layer;
    while (blocks.length <= number) blocks.push(undefined); // no holes: the array stays fast
    blocks[number] = block;
    this.#blocks++;
    return block;
  }

  /** Blocks of one piece of shared memory, since each piece is dear to make; more at a time where many are in use. */
  #allocate(): HeadBlock {
    const count = Math.min(16, Math.max(1, this.#blocks >> 2));
    const piece = new SharedArrayBuffer(count * BLOCK_BYTES);
    for (let i = 1; i < count; i++) this.#spare.push(new Float64Array(piece, i * BLOCK_BYTES, BLOCK_VALUES));
    return new Float64Array(piece, 0, BLOCK_VALUES);
  }

  hasValue(row: number, from: number, to: number): boolean {
    for (const { firstSlot, blocks } of this.#layers.values()) {
      const block = blocks[row >> BLOCK_SHIFT];
      if (block === undefined) continue;
      const last = Math.min(to, firstSlot + LAYER_SLOTS);
      for (let slot = Math.max(from, firstSlot); slot < last; slot++) {
        if (!Number.isNaN(block[placeOf(row, slot - firstSlot)]!)) return true;
      }
    }
    return false;
  }

  /** All values of a slot, with their series. */
  pointsOf(slot: number): { readonly length: number; readonly ids: Int32Array; readonly values: Float64Array } {
    const layer = this.#layers.get(Math.floor(slot / LAYER_SLOTS));
    const ids = new Int32Array(this.#rows);
    const values = new Float64Array(this.#rows);
    let length = 0;
    for (let row = 0; row < this.#rows; row++) {
      const value = layer?.blocks[row >> BLOCK_SHIFT]?.[placeOf(row, slot % LAYER_SLOTS)];
      if (value === undefined || Number.isNaN(value)) continue;
      ids[length] = this.#ids[row]!;
      values[length++] = value;
    }
    return { length, ids, values };
  }

  /** The layers that hold slots of [from, to), oldest first. */
  layersIn(from: number, to: number): HeadLayer[] {
    const layers = [...this.#layers.values()].filter((l) => l.firstSlot < to && l.firstSlot + LAYER_SLOTS > from);
    return layers.sort((a, b) => a.firstSlot - b.firstSlot);
  }

  /** Forgets the layers that end at or before a slot. */
  release(before: number): void {
    for (const [number, layer] of this.#layers) {
      if (layer.firstSlot + LAYER_SLOTS > before) continue;
      this.#layers.delete(number);
      for (const block of layer.blocks) if (block !== undefined) this.#giveBack(block);
    }
    this.#slot = -1;
  }

  #giveBack(block: HeadBlock): void {
    this.#blocks--;
    if (this.#spare.length < SPARE_BLOCKS) this.#spare.push(block);
  }
}

/** Fills `out[at …)`, which stands for the slots [from, to), with what a layer has of a row, where there is no value yet. */
export function fillRow(layer: HeadLayer, row: number, from: number, to: number, out: Float64Array, at: number): void {
  const block = layer.blocks[row >> BLOCK_SHIFT];
  if (block === undefined) return;
  const { firstSlot } = layer;
  const last = Math.min(to, firstSlot + LAYER_SLOTS);
  for (let slot = Math.max(from, firstSlot); slot < last; slot++) {
    const place = at + slot - from;
    if (Number.isNaN(out[place]!)) out[place] = block[placeOf(row, slot - firstSlot)]!;
  }
}

/** Copies a row's slots of some layers to where they belong in a window of slots from `from` on; NaN elsewhere. */
export function copyRow(layers: readonly HeadLayer[], row: number, from: number, to: number, out: Float64Array): void {
  out.fill(Number.NaN, 0, to - from);
  for (const { firstSlot, blocks } of layers) {
    const block = blocks[row >> BLOCK_SHIFT];
    if (block === undefined) continue;
    const last = Math.min(to, firstSlot + LAYER_SLOTS);
    for (let slot = Math.max(from, firstSlot); slot < last; slot++) {
      out[slot - from] = block[placeOf(row, slot - firstSlot)]!;
    }
  }
}

/** Where a row's slot is in its block. */
function placeOf(row: number, slotInLayer: number): number {
  const inBlock = row & (BLOCK_ROWS - 1);
  return (inBlock >> 3) * TILE_VALUES + slotInLayer * TILE_ROWS + (inBlock & 7);
}
