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
import { BlockPool, Head, LAYER_SLOTS } from "./head.ts";
import type { Slots } from "./job-window.ts";
import { type LateFlush, LateSet } from "./late-set.ts";
import { PointBuffer } from "./point-buffer.ts";
import { Rows } from "./rows.ts";
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
/** Late points of one moment are in bulk when there are so many, of series of which they are an eighth at least. */
const BULK_POINTS = 64;
const BULK_SPREAD = 8;
/** Bulk is written out when it takes so much; above the most, late points have to wait one behind the other. */
const BULK_BYTES = 32 * 1024 * 1024;
const BULK_BYTES_MOST = 48 * 1024 * 1024;
/** What is about to leave the finest archive is not bulk: it may have to go to the next one before it is written out. */
const BULK_MARGIN_SECONDS = 2 * LATE_SECONDS;
/** One record of the log holds no more: 16 MiB. */
const RECORD_POINTS = 1_048_576;

export interface MemoryOptions {
  readonly step: number;
  readonly wal: Wal;
  readonly archivesOf: (id: number) => readonly Archive[];
  readonly onDrop: (reason: string, id: number) => void;
  readonly onFuture: (id: number) => void;
}

export class Memory {
  readonly rows = new Rows();
  readonly #pool = new BlockPool();
  readonly head = new Head(this.#pool);
  readonly counts = { late: 0, future: 0 };
  /** Late points, and those that are being written out at the moment. */
  late = new LateSet(this.#pool);
  flushing: LateFlush | undefined;
  /** Points that lie beyond our reach. */
  future = new PointBuffer();
  /** First slot that is not late. */
  horizon = 0;
  /** The window that is being written out: still in the head, no longer open. */
  closing: Slots | undefined;

  readonly #options: MemoryOptions;
  readonly #step: number;
  readonly #wal: Wal;
  #spareLate = new LateSet(this.#pool);
  #newestSlot = -1;
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
    for (let i = 0, next = 0; i < length; i = next) {
      const time = seconds[i]!;
      const slot = Math.floor(time / this.#step);
      next = endOfMoment(seconds, i, length);
      if (slot < horizon) {
        if (!covered) this.#takeLate(ids, seconds, values, i, next);
      } else if (slot < flushedSlot) continue;
      else if (time > this.#reach) this.#takeFuture(ids, seconds, values, i, next);
      else {
        for (let n = i; n < next; n++) this.head.set(this.rows.take(ids[n]!), slot, values[n]! + 0);
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
    const { late } = this;
    late.prune();
    this.future = this.future.latest();
    this.counts.late = late.points.length;
    this.counts.future = this.future.length;
    await this.#rotate(() => {
      this.#replaying = false;
    });
    late.since = 0; // they are due at once: until they are in a segment, each further restart logs them again
    // Some of these were logged before they became late. The new file has them as what they are now, and has them on
    // disk before a window can close over the slots that they were logged for.
    if (!late.empty) this.#wal.noteLate();
    this.#logAgain(late.points);
    for (const { firstSlot } of late.head.layersIn(0, Number.POSITIVE_INFINITY)) {
      for (let slot = firstSlot; slot < firstSlot + LAYER_SLOTS; slot++) {
        this.counts.late += this.#logSlotAgain(late.head, slot);
      }
    }
    await this.#wal.commit(true);
  }

  // ---- writing ----------------------------------------------------------------------------------------------------

  /** Time of the newest point that was taken in time: what retention counts from, beside our own clock. */
  get newestSeconds(): number {
    return this.#newestSlot * this.#step;
  }

  /** Bytes that are held above what is usual, because the disk or the thread does not keep up. */
  get excessBytes(): number {
    const late = this.late.points.length + (this.flushing?.set.points.length ?? 0) - LATE_POINTS_MOST;
    return Math.max(0, late) * LATE_POINT_BYTES;
  }

  /** Whether there is work that should not wait for the next upkeep. */
  get urgent(): boolean {
    return this.#lateAreMany && this.flushing === undefined;
  }

  /** Takes points into memory and into the log. */
  take(length: number, ids: Int32Array, seconds: Uint32Array, values: Float64Array, nowSeconds: number): void {
    if (nowSeconds !== this.#nowSeconds) this.advance(nowSeconds);
    const { rows, head } = this;
    let newest = -1;
    let slot = -1;
    for (let i = 0, next = 0; i < length; i = next) {
      const time = seconds[i]!;
      slot = Math.floor(time / this.#step);
      if (slot >= this.horizon && time <= this.#reach) {
        if (slot > newest) newest = slot;
        next = i;
        do
          head.set(rows.take(ids[next]!), slot, values[next]! + 0); // −0 becomes 0
        while (++next < length && seconds[next] === time);
      } else {
        next = endOfMoment(seconds, i, length);
        if (slot < this.horizon) this.#takeLate(ids, seconds, values, i, next);
        else this.#takeFuture(ids, seconds, values, i, next);
      }
    }
    this.#wal.putPoints(length, ids, seconds, values);
    this.#noteNewest(newest);
  }

  get #reach(): number {
    return this.#nowSeconds + LIMITS.futureToleranceSeconds;
  }

  /** Late points [from, to) of one moment. */
  #takeLate(ids: Int32Array, seconds: Uint32Array, values: Float64Array, from: number, to: number): void {
    const { late, rows } = this;
    const time = seconds[from]!;
    const slot = Math.floor(time / this.#step);
    const ageSeconds = this.#nowSeconds - time;
    const inBulk = to - from >= BULK_POINTS && Math.abs(ids[to - 1]! - ids[from]!) <= (to - from) * BULK_SPREAD;
    let archives: readonly Archive[] = [];
    let tier = -1;
    let mayAdd = false;
    if (late.empty) late.since = this.#nowSeconds;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      const its = this.#options.archivesOf(id);
      if (its !== archives) {
        archives = its;
        tier = archives.findIndex((archive) => reachSeconds(archive) >= ageSeconds);
        mayAdd = inBulk && tier === 0 && reachSeconds(archives[0]!) >= ageSeconds + BULK_MARGIN_SECONDS;
      }
      if (tier < 0) {
        this.#options.onDrop("older_than_retention", id);
        continue;
      }
      this.counts.late++;
      const row = tier === 0 ? rows.take(id) : -1;
      if (row >= 0 && (late.head.hasRoom(row, slot) || (mayAdd && late.head.bytes < BULK_BYTES_MOST))) {
        late.head.set(row, slot, values[i]! + 0);
      } else late.points.add(id, time, values[i]! + 0, tier);
    }
    if (!late.empty) this.#wal.noteLate();
  }

  #takeFuture(ids: Int32Array, seconds: Uint32Array, values: Float64Array, from: number, to: number): void {
    const time = seconds[from]!;
    for (let i = from; i < to; i++) {
      const id = ids[i]!;
      // What is in the log already was accepted: replaying it must not lose it.
      if (this.future.length >= LIMITS.futurePoints && !this.#replaying) {
        this.#options.onDrop("future_buffer_full", id);
        continue;
      }
      this.future.add(id, time, values[i]! + 0, 0);
      this.counts.future++;
      this.#options.onFuture(id);
    }
    if (time < this.#nearestFuture) this.#nearestFuture = time;
  }
  #nearestFuture = Number.POSITIVE_INFINITY;

  /** Gives the rows of these series back, as far as they hold nothing. */
  freeRows(ids: Iterable<number>): void {
    for (const id of ids) if (!this.holds(id, 0, Number.POSITIVE_INFINITY)) this.rows.free(id);
  }

  /** Whether a series has a value in one of the heads in slots of [from, to). */
  holds(id: number, from: number, to: number): boolean {
    const row = this.rows.rowOf(id);
    if (row < 0) return false;
    const heads = [this.head, this.late.head, this.flushing?.set.head];
    return heads.some((head) => head?.hasValue(row, from, to) === true);
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
    const { ids, seconds: times, values } = waiting;
    const late = new PointBuffer();
    this.future = new PointBuffer();
    this.#nearestFuture = Number.POSITIVE_INFINITY;
    for (let i = 0; i < waiting.length; i++) {
      const id = ids[i]!;
      const seconds = times[i]!;
      const value = values[i]!;
      const slot = Math.floor(seconds / this.#step);
      if (seconds > this.#reach) {
        this.future.add(id, seconds, value, 0);
        if (seconds < this.#nearestFuture) this.#nearestFuture = seconds;
      } else if (slot >= this.horizon) {
        this.head.set(this.rows.take(id), slot, value);
        this.#noteNewest(slot);
      } else {
        this.#takeLate(ids, times, values, i, i + 1);
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
    return this.#lateAreMany || (!this.late.empty && this.#nowSeconds - this.late.since >= LATE_SECONDS);
  }

  get #lateAreMany(): boolean {
    return this.late.points.length >= LATE_POINTS || this.late.head.bytes >= BULK_BYTES;
  }

  /** Sets the late points aside to be written out; returns the log file up to which they are all there are. */
  beginLate(): Promise<number> {
    return this.#rotate(() => {
      this.flushing = { set: this.late, pointTiers: 0, headTiers: 0 };
      this.late = this.#spareLate;
    });
  }

  /** The late points that were set aside are in segments. Their buffer is used again: shared memory is freed late. */
  endLate(): void {
    const { set } = this.flushing!;
    this.flushing = undefined;
    this.#spareLate = set;
    set.clear(LATE_POINTS_MOST);
  }

  /**
   * Logs what the head holds again, in a new file, so that those before it can go: where slots are written over and
   * over, the log is much longer than what it stands for. What is written meanwhile comes behind it in any case.
   */
  async repeat(): Promise<void> {
    const before = await this.#rotate(() => undefined);
    for (const { firstSlot, blocks } of this.head.layersIn(this.horizon, Number.POSITIVE_INFINITY)) {
      for (let slot = 0; slot < LAYER_SLOTS; slot++) {
        if (blocks.length > 0 && this.#logSlotAgain(this.head, firstSlot + slot) > 0) {
          this.#wal.noteRing(firstSlot + slot);
        }
        await this.#wal.commit(false); // lets others run, and the log's memory go
      }
    }
    await this.#wal.commit(true);
    this.#wal.noteRepeated(before);
  }

  /** Returns how many values there are. */
  #logSlotAgain(head: Head, slot: number): number {
    const { length, ids, values } = head.pointsOf(slot, this.rows.ids);
    const seconds = new Uint32Array(length).fill(slot * this.#step);
    for (let from = 0; from < length; from += RECORD_POINTS) {
      const to = Math.min(from + RECORD_POINTS, length);
      this.#wal.putPoints(to - from, ids.subarray(from, to), seconds.subarray(from, to), values.subarray(from, to));
    }
    return length;
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

/** The end of the points from `from` on that have the same time. */
function endOfMoment(seconds: Uint32Array, from: number, length: number): number {
  const time = seconds[from];
  let to = from + 1;
  while (to < length && seconds[to] === time) to++;
  return to;
}

function reachSeconds({ step, points }: Archive): number {
  return step * points;
}
