/**
 * One tier of a partition on disk: its segments, from raw values (tier 0) to the coarsest summaries.
 *
 * Files are called `<tier>-<step>-<first time>-<sequence>.seg`, or `…-b.seg` when series were moved out of one. The list
 * is replaced, never changed, so that a read can take it once and go on while segments come and go; what a read may still
 * need is unlinked after it.
 */
import { join } from "node:path";
import { errorText } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Files } from "../core/world.ts";
import type { ColumnBlock } from "./column-block.ts";
import type { Output } from "./jobs.ts";
import type { OpenFiles } from "./open-files.ts";
import { Segment } from "./segment.ts";
import { RAW_COLUMNS, SUMMARY_COLUMNS } from "./segment-format.ts";

export interface LevelOptions {
  readonly directory: string;
  readonly tier: number;
  readonly stepSeconds: number;
  readonly windowSlots: number;
  readonly files: Files;
  readonly openFiles: OpenFiles;
  readonly log: Log;
  readonly onDamage: (what: string) => void;
}

export class Level {
  readonly tier: number;
  readonly stepSeconds: number;
  /** Slots of a window of the segments that we write; those on disk may have others. */
  readonly windowSlots: number;
  readonly columns: typeof RAW_COLUMNS | typeof SUMMARY_COLUMNS;
  readonly #options: LevelOptions;
  /** By sequence, the newest first: the order in which a read goes through them. */
  #segments: readonly Segment[] = [];
  #readers = 0;
  #retired: Segment[] = [];

  constructor(options: LevelOptions) {
    this.#options = options;
    this.tier = options.tier;
    this.stepSeconds = options.stepSeconds;
    this.windowSlots = options.windowSlots;
    this.columns = options.tier === 0 ? RAW_COLUMNS : SUMMARY_COLUMNS;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }
  get windowSeconds(): number {
    return this.windowSlots * this.stepSeconds;
  }
  get diskBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Opens the segments among these files. A damaged one is reported and left alone: it may be of use to a person. */
  async open(names: readonly string[]): Promise<void> {
    const { directory, files, openFiles, onDamage } = this.#options;
    const opened: Segment[] = [];
    for (const name of names) {
      if (!name.startsWith(`${this.tier}-`) || !name.endsWith(".seg")) continue;
      const path = join(directory, name);
      try {
        opened.push(await Segment.open(files, openFiles, path));
      } catch (error) {
        onDamage(`${path}: ${errorText(error)}`);
      }
    }
    this.#segments = opened.sort(newestFirst);
  }

  /** The file of a new segment; `adopt` takes it in once it is written. */
  output(kind: NewSegment): Output {
    const { startSeconds, sequence, overlay, merged, walThrough, windowSlots } = kind;
    const name = `${this.tier}-${this.stepSeconds}-${pad(startSeconds, 10)}-${pad(sequence, 8)}.seg`;
    const { stepSeconds, columns } = this;
    return {
      path: join(this.#options.directory, name),
      header: { columns, stepSeconds, windowSlots, sequence, overlay, merged, walThrough },
    };
  }

  /** Takes in a segment that was written, in place of those that were merged into it. */
  async adopt(path: string, instead: readonly Segment[] = []): Promise<void> {
    const segment = await Segment.open(this.#options.files, this.#options.openFiles, path);
    const rest = this.#segments.filter((one) => !instead.includes(one));
    this.#segments = [...rest, segment].sort(newestFirst);
    await this.#retire(instead);
  }

  /** Lets go of segments of which nothing is needed any more. */
  async drop(segments: readonly Segment[]): Promise<void> {
    this.#segments = this.#segments.filter((one) => !segments.includes(one));
    await this.#retire(segments);
  }

  /** Fills the places of the block that have no value yet. The segments are those of the moment of the call. */
  async readInto(ids: Int32Array, block: ColumnBlock): Promise<void> {
    const end = block.startSeconds + block.slots * block.stepSeconds;
    const segments = this.#segments.filter((s) => s.startSeconds < end && s.endSeconds > block.startSeconds);
    this.#readers++;
    try {
      for (const segment of segments) {
        await segment.readInto(ids, block, (what) => this.#options.onDamage(what));
      }
    } finally {
      this.#readers--;
      if (this.#readers === 0 && this.#retired.length > 0) void this.#unlinkRetired();
    }
  }

  /** Lets go of segments that ended at or before this time. Returns how many. */
  async expire(beforeSeconds: number): Promise<number> {
    const expired = this.#segments.filter((segment) => segment.endSeconds <= beforeSeconds);
    if (expired.length === 0) return 0;
    await this.drop(expired);
    return expired.length;
  }

  async #retire(segments: readonly Segment[]): Promise<void> {
    this.#retired.push(...segments);
    if (this.#readers === 0) await this.#unlinkRetired();
  }

  async #unlinkRetired(): Promise<void> {
    const { files, openFiles, log } = this.#options;
    const retired = this.#retired;
    this.#retired = [];
    for (const segment of retired) {
      try {
        await openFiles.forget(segment.path);
        await files.unlink(segment.path);
      } catch (error) {
        log.warn(`could not remove ${segment.path}: ${errorText(error)}`);
      }
    }
  }
}

export interface NewSegment {
  readonly startSeconds: number;
  readonly sequence: number;
  readonly windowSlots: number;
  readonly overlay: boolean;
  readonly merged: boolean;
  readonly walThrough: number;
}

function newestFirst(a: Segment, b: Segment): number {
  return b.header.sequence - a.header.sequence;
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, "0");
}
