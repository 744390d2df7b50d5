/**
 * What a partition has in memory and in its log, and not yet in segments.
 *
 *      older than the retention     late                   open                       future
 *     ──────── dropped ──────────┤ late points  ├──── head, slot by slot ────┤ side buffer, until it is time
 *                                               ▲horizon                    ▲reach: our clock + a minute
 *
 * The horizon moves when our own clock says that a window is over, never because a point says so: a node whose clock is
 * an hour ahead fills the side buffer, and harms nobody.
 */
import { LIMITS } from "../core/limits.ts";
import { Head, LAYER_SLOTS } from "./head.ts";
import { PointBuffer } from "./point-buffer.ts";
import type { Archive } from "./schemas.ts";
import type { Wal, WalPoints } from "./wal.ts";

/** Slots of an ordinary window. */
export const WINDOW_SLOTS = 120;
/** A slot is closed this long after its end at the soonest, so that ordinary delays still find it open. */
const GRACE_SECONDS = 15;
/** Late points are written out when there are this many, or when the oldest has waited this long. */
const LATE_POINTS = 262_144;
const LATE_SECONDS = 300;
/** Late points in memory above which receivers are slowed down. */
const LATE_POINTS_MOST = 8 * LATE_POINTS;
const LATE_POINT_BYTES = 17;
/** One record of the log holds no more: 16 MiB. */
const RECORD_POINTS = 1_048_576;

export interface MemoryOptions {
  readonly step: number;
  readonly wal: Wal;
  readonly archivesOf: (id: number) => readonly Archive[];
  readonly onDrop: (reason: string, id: number) => void;
  readonly onFuture: (id: number) => void;
}

export interface Slots {
  readonly from: number;
  readonly to: number;
}

export class Memory {
  readonly head = new Head();
  readonly counts = { late: 0, future: 0 };
  /** Late points, and those that are being written out at the moment. */
  late = new PointBuffer();
  flushingLate: PointBuffer | undefined;
  /** Tiers whose overlay of `flushingLate` is on disk. */
  flushedTiers = 0;
  /** Points that lie beyond our reach. */
  future = new PointBuffer();
  /** First slot that is not late. */
  horizon = 0;
  /** The window that is being written out: still in the head, no longer open. */
  closing: Slots | undefined;

  readonly #options: MemoryOptions;
  readonly #step: number;
  readonly #wal: Wal;
  /** Rows of the head by series id; −1 for none. */
  #rowOf = new Int32Array(1024).fill(-1);
  #newestSlot = -1;
  #lateSince = 0;
  #nowSeconds = 0;
  #replaying = true;

  constructor(options: MemoryOptions) {
    this.#options = options;
    this.#step = options.step;
    this.#wal = options.wal;
  }

  // ---- after a start ----------------------------------------------------------------------------------------------

  /** Before the log is read: raw segments end at `flushedSlot`; 0 when there are none. */
  beginReplay(nowSeconds: number, flushedSlot: number): void {
    this.#nowSeconds = nowSeconds;
    this.horizon = flushedSlot;
  }

  /**
   * Points out of the log, which were logged while `horizon` was the first slot that was not late. What was open then,
   * and has been flushed since, is in a segment; what was late then, and is covered by an overlay, likewise. What was
   * late stays late: it came after what the head had of its slot.
   */
  replay({ length, ids, seconds, values }: WalPoints, horizon: number, flushedSlot: number, covered: boolean): void {
    let newest = -1;
    for (let i = 0; i < length; i++) {
      const time = seconds[i]!;
      const slot = Math.floor(time / this.#step);
      if (slot < horizon) {
        if (!covered) this.#addLate(ids[i]!, time, values[i]! + 0);
      } else if (slot < flushedSlot) continue;
      else if (time > this.#reach) this.#addFuture(ids[i]!, time, values[i]! + 0);
      else {
        this.head.set(this.#row(ids[i]!), slot, values[i]! + 0);
        if (slot > newest) newest = slot;
      }
    }
    if (horizon > this.horizon) this.horizon = horizon;
    this.#noteNewest(newest);
  }

  #noteNewest(slot: number): void {
    if (slot < 0) return;
    if (slot > this.#newestSlot) this.#newestSlot = slot;
    this.#wal.noteRing(slot);
  }

  /** After the log was read: goes on in a new file, which has all that is late or in the future. */
  async endReplay(): Promise<void> {
    if (this.horizon === 0) this.horizon = this.#windowOf(this.#nowSeconds - GRACE_SECONDS);
    this.late = this.late.latest();
    this.future = this.future.latest();
    this.counts.late = this.late.length;
    this.counts.future = this.future.length;
    await this.#rotate(() => {
      this.#replaying = false;
    });
    this.#lateSince = 0; // they are due at once: until they are in a segment, each further restart logs them again
    // Some of these were logged before they became late. The new file has them as what they are now, and has them on
    // disk before a window can close over the slots that they were logged for.
    if (this.late.length > 0) this.#wal.noteLate();
    this.#logAgain(this.late);
    await this.#wal.commit(true);
  }

  // ---- writing ----------------------------------------------------------------------------------------------------

  /** Time of the newest point that was taken in time: what retention counts from, beside our own clock. */
  get newestSeconds(): number {
    return this.#newestSlot * this.#step;
  }

  /** Bytes that are held above what is usual, because the disk or the thread does not keep up. */
  get excessBytes(): number {
    const late = this.late.length + (this.flushingLate?.length ?? 0) - LATE_POINTS_MOST;
    return Math.max(0, late) * LATE_POINT_BYTES;
  }

  /** Whether there is work that should not wait for the next upkeep. */
  get urgent(): boolean {
    return this.late.length >= LATE_POINTS && this.flushingLate === undefined;
  }

  /** Takes points into memory and into the log. */
  take(length: number, ids: Int32Array, seconds: Uint32Array, values: Float64Array, nowSeconds: number): void {
    if (nowSeconds !== this.#nowSeconds) this.advance(nowSeconds);
    let newest = -1;
    let lastTime = -1;
    let slot = -1;
    let open = false;
    for (let i = 0; i < length; i++) {
      const time = seconds[i]!;
      if (time !== lastTime) {
        lastTime = time;
        slot = Math.floor(time / this.#step);
        open = slot >= this.horizon && time <= this.#reach;
        if (open && slot > newest) newest = slot;
      }
      if (open)
        this.head.set(this.#row(ids[i]!), slot, values[i]! + 0); // −0 becomes 0
      else if (slot < this.horizon) this.#addLate(ids[i]!, time, values[i]! + 0);
      else this.#addFuture(ids[i]!, time, values[i]! + 0);
    }
    this.#wal.putPoints(length, ids, seconds, values);
    this.#noteNewest(newest);
  }

  get #reach(): number {
    return this.#nowSeconds + LIMITS.futureToleranceSeconds;
  }

  #addLate(id: number, seconds: number, value: number): void {
    const tier = this.#tierOf(id, this.#nowSeconds - seconds);
    if (tier < 0) {
      this.#options.onDrop("older_than_retention", id);
      return;
    }
    if (this.late.length === 0) this.#lateSince = this.#nowSeconds;
    this.late.add(id, seconds, value, tier);
    this.counts.late++;
    this.#wal.noteLate();
  }

  /** The finest archive of a series that reaches back this far, or −1. */
  #tierOf(id: number, ageSeconds: number): number {
    const archives = this.#options.archivesOf(id);
    for (let tier = 0; tier < archives.length; tier++) {
      if (archives[tier]!.step * archives[tier]!.points >= ageSeconds) return tier;
    }
    return -1;
  }

  #addFuture(id: number, seconds: number, value: number): void {
    // What is in the log already was accepted: replaying it must not lose it.
    if (this.future.length >= LIMITS.futurePoints && !this.#replaying) {
      this.#options.onDrop("future_buffer_full", id);
      return;
    }
    this.future.add(id, seconds, value, 0);
    this.counts.future++;
    this.#options.onFuture(id);
    if (seconds < this.#nearestFuture) this.#nearestFuture = seconds;
  }
  #nearestFuture = Number.POSITIVE_INFINITY;

  rowOf(id: number): number {
    return id < this.#rowOf.length ? this.#rowOf[id]! : -1;
  }

  #row(id: number): number {
    const row = id < this.#rowOf.length ? this.#rowOf[id]! : -1;
    return row >= 0 ? row : this.#addRow(id);
  }

  #addRow(id: number): number {
    if (id >= this.#rowOf.length) {
      const rows = new Int32Array(Math.max(id + 1, this.#rowOf.length * 2)).fill(-1);
      rows.set(this.#rowOf);
      this.#rowOf = rows;
    }
    const row = this.head.addRow(id);
    this.#rowOf[id] = row;
    return row;
  }

  /** Gives the rows of these series back, as far as they hold nothing. */
  freeRows(ids: Iterable<number>): void {
    for (const id of ids) {
      const row = this.rowOf(id);
      if (row >= 0 && this.head.freeRow(row)) this.#rowOf[id] = -1;
    }
  }

  // ---- as time passes ---------------------------------------------------------------------------------------------

  /**
   * Our clock has moved: future points that it has reached are taken in. In the same instant in which the reach grows:
   * so no newer value of a slot can get in before an older one that waited. They are in the log already; only those
   * that have become late meanwhile are logged again, as such.
   */
  advance(nowSeconds: number): void {
    this.#nowSeconds = nowSeconds;
    if (this.#nearestFuture > this.#reach) return;
    const waiting = this.future;
    const late = new PointBuffer();
    this.future = new PointBuffer();
    this.#nearestFuture = Number.POSITIVE_INFINITY;
    for (let i = 0; i < waiting.length; i++) {
      const id = waiting.ids[i]!;
      const seconds = waiting.seconds[i]!;
      const value = waiting.values[i]!;
      const slot = Math.floor(seconds / this.#step);
      if (seconds > this.#reach) {
        this.future.add(id, seconds, value, 0);
        if (seconds < this.#nearestFuture) this.#nearestFuture = seconds;
      } else if (slot >= this.horizon) {
        this.head.set(this.#row(id), slot, value);
        this.#noteNewest(slot);
      } else {
        this.#addLate(id, seconds, value);
        late.add(id, seconds, value, 0);
      }
    }
    if (!this.#replaying) this.#logAgain(late);
  }

  /**
   * The next window that is over, or in a hurry as many slots as are, or even what is still open. Windows that nobody wrote to are passed over, and
   * the horizon moves past them.
   */
  dueWindow(hurry: boolean | "everything"): Slots | undefined {
    let over = this.#layerOf(Math.floor((this.#nowSeconds - GRACE_SECONDS) / this.#step));
    if (hurry === "everything") over = Math.max(over, this.#layerOf(this.#newestSlot + LAYER_SLOTS));
    const first = this.head.firstSlot;
    if (first !== undefined && first < this.horizon) {
      // Left from before the start: it was over when the process ended.
      return { from: first, to: Math.min(this.#windowStart(first) + WINDOW_SLOTS, this.horizon) };
    }
    const skipTo = this.#windowStart(Math.min(over, first ?? over));
    if (skipTo > this.horizon) this.#moveHorizon(skipTo);
    if (first === undefined || first >= over) return undefined;
    const to = this.#windowStart(this.horizon) + WINDOW_SLOTS;
    if (to <= over) return { from: this.horizon, to };
    return hurry !== false && over > this.horizon ? { from: this.horizon, to: over } : undefined;
  }

  /** First slot that may be in the head. */
  get firstSlot(): number {
    return Math.min(this.horizon, this.head.firstSlot ?? this.horizon);
  }

  #moveHorizon(slot: number): void {
    this.horizon = slot;
    this.#wal.putHorizon(slot);
  }

  /** From here on, points of the window are late. */
  async beginWindow(window: Slots): Promise<void> {
    await this.#rotate(() => {
      this.closing = window;
      this.horizon = Math.max(this.horizon, window.to);
    });
  }

  /** The window is in a segment. */
  endWindow(): void {
    this.head.release(this.closing!.to);
    this.closing = undefined;
  }

  lateIsDue(): boolean {
    if (this.late.length === 0) return false;
    return this.late.length >= LATE_POINTS || this.#nowSeconds - this.#lateSince >= LATE_SECONDS;
  }

  /** Sets the late points aside to be written out; returns the log file up to which they are all there are. */
  beginLate(): Promise<number> {
    return this.#rotate(() => {
      this.flushingLate = this.late;
      this.late = new PointBuffer();
      this.flushedTiers = 0;
    });
  }

  /**
   * Logs what the head holds again, in a new file, so that those before it can go: where slots are written over and
   * over, the log is much longer than what it stands for. What is written meanwhile comes behind it in any case.
   */
  async repeat(): Promise<void> {
    const before = await this.#rotate(() => undefined);
    for (const { firstSlot, blocks } of this.head.layersIn(this.horizon, Number.POSITIVE_INFINITY)) {
      for (let slot = 0; slot < LAYER_SLOTS; slot++) {
        if (blocks.length > 0) this.#repeatSlot(firstSlot + slot);
        await this.#wal.commit(false); // lets others run, and the log's memory go
      }
    }
    await this.#wal.commit(true);
    this.#wal.noteRepeated(before);
  }

  #repeatSlot(slot: number): void {
    const points = this.head.pointsOf(slot);
    if (points.length === 0) return;
    const seconds = new Uint32Array(points.length).fill(slot * this.#step);
    for (let from = 0; from < points.length; from += RECORD_POINTS) {
      const to = Math.min(from + RECORD_POINTS, points.length);
      const { ids, values } = points;
      this.#wal.putPoints(to - from, ids.subarray(from, to), seconds.subarray(from, to), values.subarray(from, to));
    }
    this.#wal.noteRing(slot);
  }

  /** A new log file. Future points are logged again, so that the file before can go when its own are in segments. */
  #rotate(onSwitch: () => void): Promise<number> {
    return this.#wal.rotate(() => {
      onSwitch();
      this.#wal.putHorizon(this.horizon);
      this.#logAgain(this.future);
    });
  }

  #logAgain(points: PointBuffer): void {
    for (let from = 0; from < points.length; from += RECORD_POINTS) {
      const to = Math.min(from + RECORD_POINTS, points.length);
      const { ids, seconds, values } = points;
      this.#wal.putPoints(to - from, ids.subarray(from, to), seconds.subarray(from, to), values.subarray(from, to));
    }
  }

  #windowOf(seconds: number): number {
    return this.#windowStart(Math.floor(seconds / this.#step));
  }
  #windowStart(slot: number): number {
    return slot - (slot % WINDOW_SLOTS);
  }
  #layerOf(slot: number): number {
    return slot - (slot % LAYER_SLOTS);
  }
}
