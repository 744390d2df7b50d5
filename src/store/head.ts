/**
 * Slots of all series of a partition, in memory.
 *
 * Time is cut into layers of a few slots, a layer into blocks of rows: so memory is taken only where there are values,
 * and given back as windows are written out. Writers fill all series for one moment, then all for the next; within a
 * block eight rows therefore share a cache line per slot:
 *
 *     layer (6 slots) ─► block (1024 rows) ─► tile of 8 rows:  │ slot 0: r0 r1 … r7 │ slot 1: r0 r1 … r7 │ …
 *
 * Blocks are shared memory: the thread that writes a window out reads them where they are. A head does not know what
 * time it is, nor whose rows they are (rows.ts): there is one for what is open, and one for late points that come in bulk.
 */
import { type ColumnBlock, isUntouched, touch } from "./column-block.ts";

export const LAYER_SLOTS = 6;
export const BLOCK_SHIFT = 10;
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

/** Values of one slot. */
export interface HeadPoints {
  readonly length: number;
  readonly ids: Int32Array;
  readonly values: Float64Array;
}

interface Layer extends HeadLayer {
  readonly blocks: (HeadBlock | undefined)[];
}

/** Blocks that are kept for the next layer of any head: shared memory is dear to make, and freed late. */
export class BlockPool {
  readonly #spare: HeadBlock[] = [];
  #inUse = 0;

  take(): HeadBlock {
    const block = this.#spare.pop() ?? this.#allocate();
    this.#inUse++;
    return block.fill(Number.NaN);
  }

  give(block: HeadBlock): void {
    this.#inUse--;
    if (this.#spare.length < SPARE_BLOCKS) this.#spare.push(block);
  }

  /** Blocks of one piece of shared memory; more at a time where many are in use. */
  #allocate(): HeadBlock {
    const count = Math.min(16, Math.max(1, this.#inUse >> 2));
    const piece = new SharedArrayBuffer(count * BLOCK_BYTES);
    for (let i = 1; i < count; i++) this.#spare.push(new Float64Array(piece, i * BLOCK_BYTES, BLOCK_VALUES));
    return new Float64Array(piece, 0, BLOCK_VALUES);
  }
}

export class Head {
  readonly #pool: BlockPool;
  readonly #layers = new Map<number, Layer>();
  #blocks = 0;
  /** The layer that was written to last, and the first place in its tiles of the slot that was. */
  #slot = -1;
  #layer!: Layer;
  #slotAt = 0;

  constructor(pool: BlockPool) {
    this.#pool = pool;
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
    const block = this.#pool.take();
    const { blocks } = this.#layer;
    while (blocks.length <= number) blocks.push(undefined); // no holes: the array stays fast
    blocks[number] = block;
    this.#blocks++;
    return block;
  }

  /** Whether there is room already for a value of this row and slot: nothing is allocated for it. */
  hasRoom(row: number, slot: number): boolean {
    if (slot === this.#slot) return this.#layer.blocks[row >> BLOCK_SHIFT] !== undefined;
    return this.#layers.get(Math.floor(slot / LAYER_SLOTS))?.blocks[row >> BLOCK_SHIFT] !== undefined;
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

  /** All values of a slot, with their series; `ids` by row. */
  pointsOf(slot: number, ids: Int32Array): HeadPoints {
    const layer = this.#layers.get(Math.floor(slot / LAYER_SLOTS));
    const points = { length: 0, ids: new Int32Array(ids.length), values: new Float64Array(ids.length) };
    for (let row = 0; row < ids.length; row++) {
      const value = layer?.blocks[row >> BLOCK_SHIFT]?.[placeOf(row, slot % LAYER_SLOTS)];
      if (value === undefined || Number.isNaN(value)) continue;
      points.ids[points.length] = ids[row]!;
      points.values[points.length++] = value;
    }
    return points;
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
      for (const block of layer.blocks) {
        if (block === undefined) continue;
        this.#blocks--;
        this.#pool.give(block);
      }
    }
    this.#slot = -1;
  }
}

/**
 * Lays what layers have of some rows (−1: of none) under the rows of a block, where there is no value yet; slot 0 of the
 * block is slot `first` of the layers. Row by row, so that what is written lies together.
 */
export function fillRows(layers: readonly HeadLayer[], rows: Int32Array, first: number, out: ColumnBlock): void {
  const from = Math.max(0, layers[0]!.firstSlot - first);
  const to = Math.min(out.slots, layers.at(-1)!.firstSlot + LAYER_SLOTS - first);
  let number = -1;
  let pieces: readonly BlockPiece[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row < 0) continue;
    if (row >> BLOCK_SHIFT !== number) {
      number = row >> BLOCK_SHIFT;
      pieces = piecesOf(layers, number, first, out.slots);
    }
    if (pieces.length === 0) continue;
    fillRow(pieces, placeOf(row, 0), out.columns[0]!, i * out.slots, isUntouched(out, i, from, to));
    touch(out, i, from, to);
  }
}

/** What one block has of the slots [from, to) of a row that is read; `skip` is the place of the first in its tile. */
interface BlockPiece {
  readonly block: HeadBlock;
  readonly skip: number;
  readonly from: number;
  readonly to: number;
}

function piecesOf(layers: readonly HeadLayer[], number: number, first: number, slots: number): BlockPiece[] {
  const pieces: BlockPiece[] = [];
  for (const { firstSlot, blocks } of layers) {
    const block = blocks[number];
    if (block === undefined) continue;
    const from = Math.max(0, firstSlot - first);
    const to = Math.min(slots, firstSlot + LAYER_SLOTS - first);
    pieces.push({ block, skip: (from + first - firstSlot) * TILE_ROWS, from, to });
  }
  return pieces;
}

/** Fast path (bench: groupByNode): nothing is looked at where nothing can be yet. */
function fillRow(pieces: readonly BlockPiece[], place: number, out: Float64Array, start: number, empty: boolean): void {
  for (let k = 0; k < pieces.length; k++) {
    const { block, skip, from, to } = pieces[k]!;
    const end = start + to;
    let p = place + skip;
    if (empty) for (let at = start + from; at < end; at++, p += TILE_ROWS) out[at] = block[p]!;
    else {
      for (let at = start + from; at < end; at++, p += TILE_ROWS) {
        if (Number.isNaN(out[at]!)) out[at] = block[p]!;
      }
    }
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

/** NaN for none. The layer has the slot. */
export function valueAt({ firstSlot, blocks }: HeadLayer, row: number, slot: number): number {
  return blocks[row >> BLOCK_SHIFT]?.[placeOf(row, slot - firstSlot)] ?? Number.NaN;
}

/** Where a row's slot is in its block. */
function placeOf(row: number, slotInLayer: number): number {
  const inBlock = row & (BLOCK_ROWS - 1);
  return (inBlock >> 3) * TILE_VALUES + slotInLayer * TILE_ROWS + (inBlock & 7);
}
