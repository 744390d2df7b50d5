/**
 * All series with the same archive steps: what is in memory, their log, and a level of segments per archive.
 *
 *     take ─► memory + log ──window over──► raw segments ──► summaries ──► coarser summaries     (levels[0], [1], [2])
 *                        └──late points──► overlays of every tier that they change
 *
 * `maintain` moves everything on. The work on whole windows is done by the store's thread (jobs.ts), while reads and
 * writes go on here.
 */
import { join } from "node:path";
import type { AggregationMethod } from "../core/aggregation.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Files, WorkThread } from "../core/world.ts";
import type { FinerTier } from "./job-summary.ts";
import type { StoreJob, StoreJobResult } from "./jobs.ts";
import { LateWriter } from "./late-writer.ts";
import { Level } from "./level.ts";
import { Memory, WINDOW_SLOTS } from "./memory.ts";
import { Merging } from "./merging.ts";
import type { OpenFiles } from "./open-files.ts";
import type { Archive } from "./schemas.ts";
import { sortedUnique } from "./segment.ts";
import { SegmentJobs, sourceOf } from "./segment-jobs.ts";
import { Wal, type WalPoints } from "./wal.ts";

/** Windows of summaries span at most this long, but eight slots at least. */
const SUMMARY_WINDOW_SECONDS = 2 * 86_400;
/** The log is shortened when it is longer than this, and than the head so many times. */
const WAL_BYTES = 128 * 1024 * 1024;
const WAL_HEADS = 4;

/** A window as it was closed or summarised. */
const PLAIN = { overlay: false, merged: false, walThrough: 0 };

export interface PartitionOptions {
  readonly directory: string;
  /** Of the archives, finest first. */
  readonly steps: readonly number[];
  readonly files: Files;
  readonly openFiles: OpenFiles;
  readonly thread: WorkThread<StoreJob, StoreJobResult>;
  readonly log: Log;
  readonly archivesOf: (id: number) => readonly Archive[];
  readonly methodOf: (id: number) => AggregationMethod;
  readonly onDamage: (what: string) => void;
  readonly onDrop: (reason: string, id: number) => void;
  readonly onFuture: (id: number) => void;
  /** Resolves when the names of all series that there are now are on disk. */
  readonly namesFirst: () => Promise<void>;
  /** Hears of values, when their windows close or they come late, by the times of the first and the last of some. */
  readonly onSeen: (id: number, firstSeconds: number, lastSeconds: number) => void;
  /**
   * The log of what was heard of is about to go: what was heard has to be on disk, or known to be lost, when this resolves.
   * False when the log had better stay a while, unless it must go.
   */
  readonly beforeForgetting: (must: boolean) => Promise<boolean>;
}

export interface Upkeep {
  readonly nowSeconds: number;
  /** How long each tier is kept, finest first. */
  readonly keepSeconds: readonly number[];
  /** Memory is short: windows are written out before they are whole. */
  readonly hurry: boolean;
}

export class Partition {
  readonly levels: readonly Level[];
  readonly memory: Memory;
  /** First time without a summary, for each tier; [0] is where the raw segments end. */
  readonly completeUntil: number[];

  readonly #options: PartitionOptions;
  readonly #wal: Wal;
  readonly #step: number;
  readonly #jobs: SegmentJobs;
  readonly #lateWriter: LateWriter;
  readonly #merging: Merging;
  #lateThrough = 0;
  #flushingThrough = 0;
  #nowSeconds = 0;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.#step = options.steps[0]!;
    const { directory, files, openFiles, thread, log, onDamage, onSeen, methodOf } = options;
    this.levels = options.steps.map((stepSeconds, tier) => {
      const windowSlots = tier === 0 ? WINDOW_SLOTS : summaryWindowSlots(stepSeconds);
      return new Level({ directory, tier, stepSeconds, windowSlots, files, openFiles, log, onDamage });
    });
    this.#wal = new Wal({ directory, files, log, onDamage, namesFirst: options.namesFirst });
    const { archivesOf, onDrop, onFuture } = options;
    this.memory = new Memory({ step: this.#step, wal: this.#wal, archivesOf, onDrop, onFuture });
    this.completeUntil = options.steps.map(() => 0);
    const { levels, completeUntil } = this;
    const jobs = new SegmentJobs({ directory, files, thread, levels, onDamage, onSeen });
    this.#jobs = jobs;
    this.#lateWriter = new LateWriter({ jobs, levels, rows: this.memory.rows, completeUntil, methodOf });
    this.#merging = new Merging(jobs, onDamage);
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
        this.#jobs.sequence = Math.max(this.#jobs.sequence, segment.header.sequence);
        this.#lateThrough = Math.max(this.#lateThrough, segment.header.walThrough);
        highestId = Math.max(highestId, segment.highestId);
      }
      this.completeUntil[level.tier] = baseEnd(level);
    }
    const { memory } = this;
    const flushedSlot = this.completeUntil[0]! / this.#step;
    memory.beginReplay(nowSeconds, flushedSlot);
    await this.#wal.open(names, {
      onPoints: (points, horizon, number) => {
        const covered = number <= this.#lateThrough;
        const onDiskUntil = covered ? nowSeconds + LIMITS.futureToleranceSeconds : flushedSlot * this.#step;
        highestId = Math.max(highestId, this.#noteReplayed(points, onDiskUntil));
        memory.replay(points, horizon, flushedSlot, covered);
      },
    });
    await memory.endReplay();
    this.#nowSeconds = nowSeconds;
    for (let tier = 0; tier < this.levels.length; tier++) this.#alignTier(tier);
    return highestId;
  }

  /** Tells what the log has of what may be in segments already: the rest is told from memory. Returns the highest id. */
  #noteReplayed({ length, ids, seconds }: WalPoints, onDiskUntil: number): number {
    let highestId = -1;
    for (let i = 0; i < length; i++) {
      if (ids[i]! > highestId) highestId = ids[i]!;
      if (seconds[i]! < onDiskUntil) this.#options.onSeen(ids[i]!, seconds[i]!, seconds[i]!);
    }
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
    const start = tier === 0 ? this.memory.firstSlot * this.#step : this.#oldestStart();
    const span = this.levels[tier]!.windowSeconds;
    this.completeUntil[tier] = tier === 0 ? start : start - (start % span);
  }

  #oldestStart(): number {
    const base = this.levels[0]!.segments.filter((segment) => !segment.header.overlay);
    return base.reduce(
      (oldest, { startSeconds }) => Math.min(oldest, startSeconds),
      this.memory.firstSlot * this.#step,
    );
  }

  // ---- writing ----------------------------------------------------------------------------------------------------

  /** Bytes for which receivers should be slowed down when they grow. */
  get pendingBytes(): number {
    return this.#wal.pendingBytes + this.memory.excessBytes;
  }
  get needsSync(): boolean {
    return this.#wal.needsSync;
  }
  get walBytes(): number {
    return this.#wal.diskBytes;
  }

  commit(sync: boolean): Promise<void> {
    return this.#wal.commit(sync);
  }

  /** What is in memory stays in the log. */
  async close(): Promise<void> {
    await this.#wal.close();
  }

  methodOf(id: number): AggregationMethod {
    return this.#options.methodOf(id);
  }

  // ---- upkeep -----------------------------------------------------------------------------------------------------

  /**
   * Closes windows, writes late points, summarises, merges and forgets, as far as it is due. Calls must not overlap.
   * When the disk refuses, it rejects, and the next call goes on where this one stopped: nothing has been given up.
   */
  async maintain(upkeep: Upkeep): Promise<void> {
    this.#nowSeconds = upkeep.nowSeconds;
    this.memory.advance(upkeep.nowSeconds);
    await this.#closeWindows(upkeep.hurry);
    if (this.memory.flushing !== undefined || this.memory.lateIsDue()) await this.#flushLate();
    for (let tier = 1; tier < this.levels.length; tier++) await this.#rollUp(tier);
    if (this.#wal.diskBytes > WAL_BYTES + WAL_HEADS * this.memory.head.bytes) await this.#shortenLog();
    await this.#removeLogs(false);
    await this.#expire(upkeep);
    for (const level of this.levels) {
      const complete = this.completeUntil[level.tier]!;
      await this.#merging.mergeOnce(level, complete, this.#keepFrom(level, upkeep), upkeep.nowSeconds);
    }
  }

  async #removeLogs(must: boolean): Promise<void> {
    const flushedSlot = this.completeUntil[0]! / this.#step;
    if (!this.#wal.hasCovered(flushedSlot, this.#lateThrough)) return;
    if (await this.#options.beforeForgetting(must)) await this.#wal.removeCovered(flushedSlot, this.#lateThrough);
  }

  /** The log has grown far beyond what is in memory: replaying it would take long. */
  async #shortenLog(): Promise<void> {
    if (!this.memory.late.empty) await this.#flushLate();
    await this.memory.repeat();
  }

  async #closeWindows(hurry: boolean | "everything"): Promise<void> {
    const { memory } = this;
    for (;;) {
      if (memory.closing === undefined) {
        const due = memory.dueWindow(hurry);
        this.completeUntil[0] = (due?.from ?? memory.horizon) * this.#step;
        if (due === undefined) return;
        await memory.beginWindow(due);
      }
      await this.#closeWindow();
    }
  }

  /** Writes out everything that is in memory and not in the future. Not while `maintain` runs. */
  async flush(nowSeconds: number): Promise<void> {
    this.memory.advance(nowSeconds);
    await this.#closeWindows("everything");
    if (this.memory.flushing !== undefined || !this.memory.late.empty) await this.#flushLate();
  }

  /** The series that have values on disk, ascending. */
  async idsOnDisk(): Promise<Int32Array> {
    const parts: Int32Array[] = [];
    for (const { segments } of this.levels) {
      for (const segment of segments) {
        parts.push(await segment.idsBetween(segment.startSeconds, segment.endSeconds, this.#options.onDamage));
      }
    }
    return sortedUnique(Int32Array.from(parts.flatMap((part) => [...part])));
  }

  /** Its tiers as sources for `moveIn`. */
  get tiers(): readonly FinerTier[] {
    return this.levels.map((level) => sourceOf(level));
  }

  /** Takes in what a partition has of series that now live here. Not while `maintain` runs. */
  async moveIn(ids: Int32Array, sources: readonly FinerTier[], keepSeconds: readonly number[]): Promise<void> {
    const methods = Array.from(ids, this.#options.methodOf);
    for (const level of this.levels) {
      const kind = { ...PLAIN, overlay: true, startSeconds: 0, windowSlots: level.windowSlots };
      await this.#jobs.write(level.tier, kind, (output) => ({
        kind: "move",
        output,
        ids,
        methods,
        sources,
        target: sourceOf(level),
        finestSeconds: this.#step,
        // As far back as it is kept, and as it is still to be summarised from.
        fromSeconds: Math.min(
          this.#nowSeconds - keepSeconds[level.tier]!,
          this.completeUntil[level.tier + 1] ?? Number.POSITIVE_INFINITY,
        ),
        // What is not summarised yet is summarised from what was moved to the finer tier.
        toSeconds: level.tier === 0 ? Number.POSITIVE_INFINITY : this.completeUntil[level.tier]!,
      }));
    }
  }

  /** Writes every segment that has values of these series (ascending) again, without them. */
  async moveOut(ids: Int32Array): Promise<void> {
    for (const level of this.levels) {
      for (const segment of level.segments) await this.#jobs.rewrite(level, segment, ids);
    }
    await this.#removeLogs(true); // it has points that would come again
  }

  /** Closes and removes all its files. */
  async destroy(): Promise<void> {
    const { directory, files } = this.#options;
    await this.#wal.close();
    for (const level of this.levels) await level.drop(level.segments);
    for (const name of await files.list(directory)) await files.unlink(join(directory, name));
  }

  async #closeWindow(): Promise<void> {
    const { memory } = this;
    const { from, to } = memory.closing!;
    const start = from * this.#step;
    const kind = { ...PLAIN, startSeconds: start, windowSlots: to - from };
    await this.#jobs.writeWindows(kind, [memory.closing!], memory.head.layersIn(from, to), memory.rows);
    memory.endWindow();
    this.completeUntil[0] = to * this.#step;
  }

  async #flushLate(): Promise<void> {
    const { memory } = this;
    if (memory.flushing === undefined) this.#flushingThrough = await memory.beginLate();
    const flush = memory.flushing!;
    flush.set.tellNew((id, seconds) => this.#options.onSeen(id, seconds, seconds));
    await this.#lateWriter.write(flush, this.#flushingThrough);
    memory.endLate();
    this.#lateThrough = this.#flushingThrough;
  }

  /** Tells of the late points that came since the last time; not of those that came in bulk. */
  noteLate(): void {
    this.memory.late.tellNew((id, seconds) => this.#options.onSeen(id, seconds, seconds));
  }

  /** Whether a series has a value in memory in a range of time; `noteLate` has told of some of the late ones. */
  hasInMemory(id: number, fromSeconds: number, untilSeconds: number): boolean {
    return this.memory.holds(id, Math.floor(fromSeconds / this.#step), Math.floor(untilSeconds / this.#step) + 1);
  }

  /** Writes summaries of the windows of a tier that its finer tier has completed. */
  async #rollUp(tier: number): Promise<void> {
    const { windowSeconds, windowSlots } = this.levels[tier]!;
    for (;;) {
      const start = this.completeUntil[tier]!;
      const end = start + windowSeconds;
      if (end > this.completeUntil[tier - 1]!) return;
      const first = this.#firstData(tier - 1, start);
      if (start + windowSeconds * 2 <= first) {
        // Nothing is there to be summarised, perhaps for years: go straight to where something is.
        const next = Math.min(first, this.completeUntil[tier - 1]!);
        this.completeUntil[tier] = next - (next % windowSeconds);
        continue;
      }
      const kind = { ...PLAIN, startSeconds: start, windowSlots };
      const finer = this.levels[tier - 1]!;
      const between = finer.segments.filter((s) => s.startSeconds < end && s.endSeconds > start);
      await this.#jobs.write(tier, kind, (output) => ({
        kind: "summary",
        output,
        startSeconds: start,
        finer: sourceOf(finer, between),
      }));
      this.completeUntil[tier] = end;
    }
  }

  /** Where the first segment of a tier that reaches past a time begins. */
  #firstData(tier: number, after: number): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { startSeconds, endSeconds } of this.levels[tier]!.segments) {
      if (endSeconds > after) first = Math.min(first, startSeconds);
    }
    return first;
  }

  /**
   * Retention counts from our clock or from the newest point, whichever is earlier: a clock that has jumped ahead must
   * not throw the history away.
   */
  async #expire(upkeep: Upkeep): Promise<void> {
    for (const level of this.levels) await level.expire(this.#keepFrom(level, upkeep));
  }

  #keepFrom({ tier }: Level, { nowSeconds, keepSeconds }: Upkeep): number {
    const now = Math.min(nowSeconds, Math.max(this.memory.newestSeconds, this.completeUntil[0]!));
    // One slot of the next tier longer: a late point makes that slot anew out of all that it spans. And nothing goes
    // before it has been summarised.
    const before = now - keepSeconds[tier]! - (this.levels[tier + 1]?.stepSeconds ?? 0);
    return Math.min(before, this.completeUntil[tier + 1] ?? before);
  }
}

export function summaryWindowSlots(stepSeconds: number): number {
  return Math.min(WINDOW_SLOTS, Math.max(8, Math.floor(SUMMARY_WINDOW_SECONDS / stepSeconds)));
}

/** Where the closed windows of a tier end; 0 for none. */
function baseEnd(level: Level): number {
  let end = 0;
  for (const segment of level.segments) if (!segment.header.overlay) end = Math.max(end, segment.endSeconds);
  return end;
}
