/**
 * All series with the same archive steps: their ring of newest slots, their log, and a level of segments per archive.
 *
 *      older than the retention     late                 open window(s)              future
 *     ──────── dropped ──────────┤ overlay segments ├──── ring of slots ────┤ side buffer, until it is time
 *                                                   ▲horizon               ▲horizon + ring
 *
 * The horizon moves when our own clock says that a window is over, never because a point says so: a node whose clock is
 * an hour ahead fills the side buffer, and harms nobody. When a window closes, its slots are written to a segment, and
 * summaries of whatever coarser windows are complete by then follow.
 */

import type { AggregationMethod } from "../core/aggregation.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Files } from "../core/world.ts";
import type { ColumnBlock } from "./column-block.ts";
import { Head } from "./head.ts";
import { type LateContext, writeLate } from "./late.ts";
import { Level } from "./level.ts";
import type { OpenFiles } from "./open-files.ts";
import { readTier } from "./partition-read.ts";
import { PointBuffer } from "./point-buffer.ts";
import type { Archive } from "./schemas.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { summarise } from "./summary.ts";
import { Wal } from "./wal.ts";

/** Slots of a window of raw values. */
const WINDOW_SLOTS = 120;
/** A window is closed this long after its end, so that ordinary delays still find it open. */
const GRACE_SECONDS = 15;
/** The ring reaches at least this far past an open window. */
const AHEAD_SECONDS = 45;
/** Late points are written out when there are this many, or when the oldest has waited this long. */
const LATE_POINTS = 262_144;
const LATE_MS = 300_000;
/** One record of the log holds no more: 16 MiB. */
const RECORD_POINTS = 1_048_576;
/** Windows of summaries span at most this long, but eight slots at least. */
const SUMMARY_WINDOW_SECONDS = 2 * 86_400;
/** An ordinary segment, as opposed to an overlay of late points. */
const BASE = { overlay: false, walThrough: 0 };
/** Series that are summarised at a time. */
const ROLLUP_SERIES = 1024;

export interface PartitionOptions {
  readonly directory: string;
  /** Of the archives, finest first. */
  readonly steps: readonly number[];
  readonly files: Files;
  readonly openFiles: OpenFiles;
  readonly log: Log;
  /** The series that live here, in ascending order. */
  readonly memberIds: () => Int32Array;
  readonly archivesOf: (id: number) => readonly Archive[];
  readonly methodOf: (id: number) => AggregationMethod;
  readonly onDamage: (what: string) => void;
  readonly onDrop: (reason: string) => void;
}

export interface PartitionCounts {
  late: number;
  future: number;
}

export class Partition {
  readonly levels: readonly Level[];
  readonly head: Head;
  readonly counts: PartitionCounts = { late: 0, future: 0 };
  /** Late points, and those that are being written out at the moment. */
  late = new PointBuffer();
  flushingLate: PointBuffer | undefined;
  /** Points that lie beyond the ring. */
  future = new PointBuffer();
  /** Tiers whose overlay of `flushingLate` is on disk. */
  flushedTiers = 0;
  /** First slot that is not late. */
  horizon = 0;
  /** The window that is being written out: still in the ring, no longer open. */
  closing: { readonly from: number; readonly to: number } | undefined;
  /** First time without a summary, for each tier; [0] is where the raw segments end. */
  readonly completeUntil: number[];

  readonly #options: PartitionOptions;
  readonly #wal: Wal;
  readonly #step: number;
  /** Rows of the ring by series id; −1 for none. */
  #rowOf = new Int32Array(1024).fill(-1);
  #newestSlot = -1;
  #sequence = 0;
  #lateThrough = 0;
  #flushingThrough = 0;
  #lateSinceMs = 0;
  #nowSeconds = 0;
  #replaying = true;
  #stage = { length: 0, ids: new Int32Array(4096), seconds: new Uint32Array(4096), values: new Float64Array(4096) };

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.#step = options.steps[0]!;
    const { directory, files, openFiles, log, onDamage } = options;
    this.levels = options.steps.map((stepSeconds, tier) => {
      const windowSlots = tier === 0 ? WINDOW_SLOTS : summaryWindowSlots(stepSeconds);
      return new Level({ directory, tier, stepSeconds, windowSlots, files, openFiles, log, onDamage });
    });
    const ahead = Math.max(6, Math.ceil(AHEAD_SECONDS / this.#step));
    this.head = new Head(WINDOW_SLOTS + graceSlots(this.#step) + ahead);
    this.#wal = new Wal({ directory, files, log, onDamage });
    this.completeUntil = options.steps.map(() => 0);
  }

  // ---- opening ----------------------------------------------------------------------------------------------------

  /** Reads what is on disk; returns the highest series id that it mentions, or −1. */
  async open(nowSeconds: number): Promise<number> {
    const { directory, files } = this.#options;
    await files.makeDirectory(directory);
    const names = await this.#removeUnfinished(await files.list(directory));
    let highestId = -1;
    for (const level of this.levels) {
      await level.open(names);
      for (const segment of level.segments) {
        this.#sequence = Math.max(this.#sequence, segment.header.sequence);
        this.#lateThrough = Math.max(this.#lateThrough, segment.header.walThrough);
        highestId = Math.max(highestId, segment.highestId);
      }
      this.completeUntil[level.tier] = baseEnd(level);
    }
    this.#nowSeconds = nowSeconds;
    this.horizon = this.completeUntil[0]! / this.#step;
    await this.#wal.open(names, {
      onPoint: (id, seconds, value, horizon, number) => {
        highestId = Math.max(highestId, id);
        this.#replay(id, seconds, value, horizon, number);
      },
    });
    if (this.horizon === 0) this.horizon = this.#windowOf(nowSeconds - GRACE_SECONDS);
    for (let tier = 0; tier < this.levels.length; tier++) this.#alignTier(tier);
    this.late = this.late.latest();
    this.future = this.future.latest();
    this.counts.late = this.late.length;
    this.counts.future = this.future.length;
    await this.#rotate(() => {
      this.#replaying = false;
    });
    this.#lateSinceMs = 0; // they are due at once: until they are in a segment, each further restart logs them again
    // Some of these were logged before they became late. The new file has them as what they are now, and has them on
    // disk before a window can close over the slots that they were logged for.
    if (this.late.length > 0) this.#wal.noteLate();
    this.#logAgain(this.late);
    await this.#wal.commit(true);
    return highestId;
  }

  async #removeUnfinished(names: readonly string[]): Promise<readonly string[]> {
    const unfinished = names.filter((name) => name.endsWith(".tmp"));
    for (const name of unfinished) await this.#options.files.unlink(`${this.#options.directory}/${name}`);
    return names.filter((name) => !name.endsWith(".tmp"));
  }

  /** A tier without segments is complete up to the window in which its finer tier begins: what came before is late. */
  #alignTier(tier: number): void {
    if (this.completeUntil[tier] !== 0) return;
    const start = tier === 0 ? this.horizon * this.#step : this.#oldestStart();
    const span = this.levels[tier]!.windowSeconds;
    this.completeUntil[tier] = tier === 0 ? start : start - (start % span);
  }

  #oldestStart(): number {
    const base = this.levels[0]!.segments.filter((segment) => !segment.header.overlay);
    return base.reduce((oldest, segment) => Math.min(oldest, segment.startSeconds), this.horizon * this.#step);
  }

  /**
   * A point out of the log, which was logged while `horizon` was the first slot that was not late. What was in the ring
   * then, and has been flushed since, is in a segment; what was late then, and is covered by an overlay, likewise.
   */
  #replay(id: number, seconds: number, value: number, horizon: number, number: number): void {
    if (this.horizon === 0) this.horizon = horizon; // no window has been flushed yet: go on where the log began
    const slot = Math.floor(seconds / this.#step);
    if (slot >= this.horizon) {
      if (this.#place(id, seconds, value, slot)) this.#noteRing(slot);
      return;
    }
    const flushed = slot < this.completeUntil[0]! / this.#step;
    const covered = slot >= horizon ? flushed : number <= this.#lateThrough;
    if (!covered) this.#addLate(id, seconds, value);
  }

  // ---- writing ----------------------------------------------------------------------------------------------------

  get pendingBytes(): number {
    return this.#wal.pendingBytes;
  }
  get needsSync(): boolean {
    return this.#wal.needsSync;
  }
  get walBytes(): number {
    return this.#wal.diskBytes;
  }
  /** Time of the newest point that was taken into the ring: what retention counts from, beside our own clock. */
  get newestSeconds(): number {
    return this.#newestSlot * this.#step;
  }

  /** Gathers a point of the batch; `take` follows. */
  stage(id: number, seconds: number, value: number): void {
    const stage = this.#stage;
    if (stage.length === stage.ids.length) this.#growStage();
    const i = stage.length++;
    stage.ids[i] = id;
    stage.seconds[i] = seconds;
    stage.values[i] = value;
  }

  /** Takes the staged points into memory and into the log. */
  take(nowSeconds: number): void {
    const { length, ids, seconds, values } = this.#stage;
    if (length === 0) return;
    this.#nowSeconds = nowSeconds;
    const step = this.#step;
    let newest = -1;
    for (let i = 0; i < length; i++) {
      const time = seconds[i]!;
      const slot = Math.floor(time / step);
      if (slot < this.horizon) this.#addLate(ids[i]!, time, values[i]!);
      else if (this.#place(ids[i]!, time, values[i]!, slot) && slot > newest) newest = slot;
    }
    this.#wal.putPoints(length, ids, seconds, values);
    this.#noteRing(newest);
    this.#stage.length = 0;
  }

  /** Puts a point into the ring, or into the side buffer when it lies beyond; true for the ring. */
  #place(id: number, seconds: number, value: number, slot: number): boolean {
    if (slot >= this.horizon + this.#openSlots() && !this.#jump(seconds, slot)) {
      this.#addFuture(id, seconds, value);
      return false;
    }
    let row = id < this.#rowOf.length ? this.#rowOf[id]! : -1;
    if (row < 0) row = this.#addRow(id);
    this.head.set(row, slot, value);
    if (slot > this.#newestSlot) this.#newestSlot = slot;
    return true;
  }

  /** How many slots from the horizon on the ring can take: the window that is being written out still needs its own. */
  #openSlots(): number {
    return this.head.ringSlots - (this.closing === undefined ? 0 : this.closing.to - this.closing.from);
  }

  /** After a pause the ring is empty and may begin anew, at a window that our own clock has reached. */
  #jump(seconds: number, slot: number): boolean {
    const empty = this.#newestSlot < this.horizon && this.closing === undefined;
    if (!empty || seconds > this.#nowSeconds + LIMITS.futureToleranceSeconds) return false;
    this.horizon = slot - (slot % WINDOW_SLOTS);
    if (!this.#replaying) this.#wal.putHorizon(this.horizon);
    this.#releaseFuture();
    return true;
  }

  /** A log file must stay until its newest ring slot has been flushed. */
  #noteRing(slot: number): void {
    if (slot >= 0) this.#wal.noteRing(slot);
  }

  #addLate(id: number, seconds: number, value: number): void {
    const age = this.#nowSeconds - seconds;
    const tier = this.#options.archivesOf(id).findIndex((archive) => archive.step * archive.points >= age);
    if (tier < 0) {
      this.#options.onDrop("older_than_retention");
      return;
    }
    if (this.late.length === 0) this.#lateSinceMs = this.#nowSeconds * 1000;
    this.late.add(id, seconds, value, tier);
    this.counts.late++;
    this.#wal.noteLate();
  }

  #addFuture(id: number, seconds: number, value: number): void {
    // What is in the log already was accepted: replaying it must not lose it.
    if (this.future.length >= LIMITS.futurePoints && !this.#replaying) {
      this.#options.onDrop("future_buffer_full");
      return;
    }
    this.future.add(id, seconds, value, 0);
    this.counts.future++;
  }

  methodOf(id: number): AggregationMethod {
    return this.#options.methodOf(id);
  }

  rowOf(id: number): number {
    return id < this.#rowOf.length ? this.#rowOf[id]! : -1;
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

  #growStage(): void {
    const old = this.#stage;
    const capacity = old.ids.length * 2;
    const ids = new Int32Array(capacity);
    const seconds = new Uint32Array(capacity);
    const values = new Float64Array(capacity);
    ids.set(old.ids);
    seconds.set(old.seconds);
    values.set(old.values);
    this.#stage = { length: old.length, ids, seconds, values };
  }

  commit(sync: boolean): Promise<void> {
    return this.#wal.commit(sync);
  }

  // ---- upkeep -----------------------------------------------------------------------------------------------------

  /**
   * Closes windows, writes late points, summarises and forgets, as far as it is due. Calls must not overlap. When the
   * disk refuses, it rejects, and the next call goes on where this one stopped: nothing has been given up.
   */
  async maintain(nowSeconds: number, keepSeconds: readonly number[]): Promise<void> {
    this.#nowSeconds = nowSeconds;
    while (this.closing !== undefined || this.#windowIsDue(nowSeconds)) await this.#closeWindow();
    if (this.flushingLate !== undefined || this.#lateIsDue(nowSeconds)) await this.#flushLate();
    for (let tier = 1; tier < this.levels.length; tier++) await this.#rollUp(tier);
    await this.#wal.removeCovered(this.completeUntil[0]! / this.#step, this.#lateThrough);
    await this.#expire(nowSeconds, keepSeconds);
  }

  /** Writes late points out and closes the log. What the ring holds stays in the log. */
  async close(): Promise<void> {
    await this.#wal.close();
  }

  #windowIsDue(nowSeconds: number): boolean {
    if (this.#newestSlot < this.horizon) return false;
    return nowSeconds >= (this.horizon + WINDOW_SLOTS) * this.#step + GRACE_SECONDS;
  }

  async #closeWindow(): Promise<void> {
    if (this.closing === undefined) {
      await this.#rotate(() => {
        this.closing = { from: this.horizon, to: this.horizon + WINDOW_SLOTS };
        this.horizon = this.closing.to;
      });
    }
    const { from, to } = this.closing!;
    const row = new Float64Array(WINDOW_SLOTS);
    await this.#writeSegment(0, from * this.#step, BASE, async (writer) => {
      for (const index of this.head.rowsById()) {
        this.head.copyRow(index, from, to, row, 0);
        writer.add(from * this.#step, this.head.idOfRow(index), [row], 0);
        if (writer.full) await writer.write();
      }
    });
    this.head.clear(from, to);
    this.closing = undefined;
    this.completeUntil[0] = to * this.#step;
    this.#releaseFuture();
  }

  /** Writes one segment and takes it in; leaves no half-written file behind when the disk refuses. */
  async #writeSegment(
    tier: number,
    startSeconds: number,
    kind: { readonly overlay: boolean; readonly walThrough: number },
    fill: (writer: SegmentWriter) => Promise<void>,
  ): Promise<void> {
    const { directory, files, log } = this.#options;
    const level = this.levels[tier]!;
    const { path, writer } = level.writer(startSeconds, ++this.#sequence, kind.overlay, kind.walThrough);
    try {
      await fill(writer);
      if (!(await writer.finish())) return;
    } catch (error) {
      await writer.abandon().catch((second: unknown) => {
        log.limited("warn", "abandon", `could not remove an unfinished segment: ${errorText(second)}`);
      });
      throw error;
    }
    await files.syncDirectory(directory);
    await level.adopt(path);
  }

  /** A new log file. Future points are logged again, so that the file before can go when its own are in segments. */
  #rotate(onSwitch?: () => void): Promise<number> {
    return this.#wal.rotate(() => {
      onSwitch?.();
      this.#wal.putHorizon(this.horizon);
      this.#logAgain(this.future);
    });
  }

  #logAgain(points: PointBuffer): void {
    for (let from = 0; from < points.length; from += RECORD_POINTS) {
      const to = Math.min(from + RECORD_POINTS, points.length);
      const part = [points.ids, points.seconds, points.values].map((column) => column.subarray(from, to));
      this.#wal.putPoints(to - from, ...(part as [Int32Array, Uint32Array, Float64Array]));
    }
  }

  /**
   * Takes in the future points that the ring now reaches. Called in the same instant in which the ring's reach grows:
   * so no newer value of a slot can get in before an older one that waited. They are in the log already; only those
   * that a jump has turned into late points are logged again, as such.
   */
  #releaseFuture(): void {
    const waiting = this.future;
    const reach = this.horizon + this.#openSlots();
    let due = false;
    for (let i = 0; i < waiting.length && !due; i++) due = waiting.seconds[i]! < reach * this.#step;
    if (!due) return;
    this.future = new PointBuffer();
    const late = new PointBuffer();
    let newest = -1;
    for (let i = 0; i < waiting.length; i++) {
      const id = waiting.ids[i]!;
      const seconds = waiting.seconds[i]!;
      const value = waiting.values[i]!;
      const slot = Math.floor(seconds / this.#step);
      if (slot >= reach) this.future.add(id, seconds, value, 0);
      else if (slot >= this.horizon) {
        this.#place(id, seconds, value, slot);
        newest = Math.max(newest, slot);
      } else {
        this.#addLate(id, seconds, value);
        late.add(id, seconds, value, 0);
      }
    }
    this.#noteRing(newest);
    if (!this.#replaying) this.#logAgain(late);
  }

  #lateIsDue(nowSeconds: number): boolean {
    if (this.late.length === 0) return false;
    return this.late.length >= LATE_POINTS || nowSeconds * 1000 - this.#lateSinceMs >= LATE_MS;
  }

  async #flushLate(): Promise<void> {
    if (this.flushingLate === undefined) {
      this.#flushingThrough = await this.#rotate(() => {
        this.flushingLate = this.late;
        this.late = new PointBuffer();
        this.flushedTiers = 0;
      });
    }
    for (; this.flushedTiers < this.levels.length; this.flushedTiers++) {
      const level = this.levels[this.flushedTiers]!;
      const last = this.flushedTiers === this.levels.length - 1;
      // Only the last overlay says that the log is covered: a crash before it must bring the points back.
      const kind = { overlay: true, walThrough: last ? this.#flushingThrough : 0 };
      await this.#writeSegment(level.tier, 0, kind, (writer) =>
        writeLate(this.flushingLate!, level, writer, this.#lateContext(level.tier)),
      );
    }
    this.flushingLate = undefined;
    this.#lateThrough = this.#flushingThrough;
  }

  #lateContext(tier: number): LateContext {
    const finer = Math.max(0, tier - 1);
    return {
      methodOf: this.#options.methodOf,
      finestPerSlot: this.levels[tier]!.stepSeconds / this.#step,
      completeUntil: this.completeUntil[tier]!,
      finerStepSeconds: this.levels[finer]!.stepSeconds,
      readFiner: (ids, startSeconds, slots) => readTier(this, finer, ids, startSeconds, slots),
    };
  }

  /** Writes summaries of the windows of a tier that its finer tier has completed. */
  async #rollUp(tier: number): Promise<void> {
    const level = this.levels[tier]!;
    const finer = this.levels[tier - 1]!;
    const ratio = level.stepSeconds / finer.stepSeconds;
    for (;;) {
      const start = this.completeUntil[tier]!;
      const end = start + level.windowSeconds;
      if (end > this.completeUntil[tier - 1]!) return;
      if (start + level.windowSeconds * 2 <= this.#firstData(finer)) {
        // Nothing is there to be summarised, perhaps for years: go straight to where something is.
        const first = Math.min(this.#firstData(finer), this.completeUntil[tier - 1]!);
        this.completeUntil[tier] = first - (first % level.windowSeconds);
        continue;
      }
      const ids = this.#options.memberIds();
      await this.#writeSegment(tier, start, BASE, async (writer) => {
        for (let i = 0; i < ids.length; i += ROLLUP_SERIES) {
          const some = ids.subarray(i, i + ROLLUP_SERIES);
          const fine = await readTier(this, tier - 1, some, start, level.windowSlots * ratio);
          await this.#writeSummaries(writer, some, summarise(fine, level.stepSeconds));
        }
      });
      this.completeUntil[tier] = end;
    }
  }

  async #writeSummaries(writer: SegmentWriter, ids: Int32Array, block: ColumnBlock): Promise<void> {
    for (let row = 0; row < ids.length; row++) {
      writer.add(block.startSeconds, ids[row]!, block.columns, row * block.slots);
      if (writer.full) await writer.write();
    }
  }

  /** Where the first segment of a tier that reaches past what is summarised begins. */
  #firstData(finer: Level): number {
    const after = this.completeUntil[finer.tier + 1]!;
    let first = Number.POSITIVE_INFINITY;
    for (const segment of finer.segments) {
      if (segment.endSeconds > after) first = Math.min(first, segment.startSeconds);
    }
    return first;
  }

  /**
   * Retention counts from our clock or from the newest point, whichever is earlier: a clock that has jumped ahead must
   * not throw the history away.
   */
  async #expire(nowSeconds: number, keepSeconds: readonly number[]): Promise<void> {
    const now = Math.min(nowSeconds, Math.max(this.newestSeconds, this.completeUntil[0]!));
    for (const level of this.levels) {
      const coarser = this.levels[level.tier + 1];
      // One slot of the next tier longer: a late point makes that slot anew out of all that it spans. And nothing goes
      // before it has been summarised.
      const before = now - keepSeconds[level.tier]! - (coarser?.stepSeconds ?? 0);
      await level.expire(Math.min(before, this.completeUntil[level.tier + 1] ?? before));
    }
  }

  #windowOf(seconds: number): number {
    const slot = Math.floor(seconds / this.#step);
    return slot - (slot % WINDOW_SLOTS);
  }
}

function graceSlots(step: number): number {
  return Math.ceil(GRACE_SECONDS / step) + 1;
}

function summaryWindowSlots(stepSeconds: number): number {
  return Math.min(WINDOW_SLOTS, Math.max(8, Math.floor(SUMMARY_WINDOW_SECONDS / stepSeconds)));
}

/** Where the closed windows of a tier end; 0 for none. */
function baseEnd(level: Level): number {
  let end = 0;
  for (const segment of level.segments) if (!segment.header.overlay) end = Math.max(end, segment.endSeconds);
  return end;
}
