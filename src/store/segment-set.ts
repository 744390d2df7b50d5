/** Segments that one job reads together, the newest first. */
import type { Files } from "../core/world.ts";
import type { ColumnBlock } from "./column-block.ts";
import { OpenFiles } from "./open-files.ts";
import { type OnDamage, Segment, sortedUnique } from "./segment.ts";

type Wanted = (segment: Segment) => boolean;
const all: Wanted = () => true;

export class SegmentSet {
  readonly segments: readonly Segment[];
  readonly #onDamage: OnDamage;

  private constructor(segments: readonly Segment[], onDamage: OnDamage) {
    this.segments = segments;
    this.#onDamage = onDamage;
  }

  /** Runs `use` with the segments at these paths; one that can't be opened is told, and left out. */
  static async with(
    files: Files,
    paths: readonly string[],
    onDamage: OnDamage,
    use: (set: SegmentSet) => Promise<void>,
  ): Promise<void> {
    const openFiles = new OpenFiles(files);
    try {
      const segments: Segment[] = [];
      for (const path of paths) {
        try {
          segments.push(await Segment.open(files, openFiles, path));
        } catch (error) {
          onDamage(`${path}: ${String(error)}`, error);
        }
      }
      await use(new SegmentSet(segments, onDamage));
    } finally {
      await openFiles.close();
    }
  }

  /** Fills the places of the block that have no value yet. `ids` ascend. */
  async readInto(ids: Int32Array, block: ColumnBlock, wanted: Wanted = all): Promise<void> {
    const end = block.startSeconds + block.slots * block.stepSeconds;
    for (const segment of this.segments) {
      if (segment.startSeconds >= end || segment.endSeconds <= block.startSeconds || !wanted(segment)) continue;
      await segment.readInto(ids, block, this.#onDamage);
    }
  }

  /** The series that have values in windows that overlap [start, end), ascending. */
  async idsBetween(startSeconds: number, endSeconds: number, wanted: Wanted = all): Promise<Int32Array> {
    const parts: Int32Array[] = [];
    for (const segment of this.segments) {
      if (segment.startSeconds >= endSeconds || segment.endSeconds <= startSeconds || !wanted(segment)) continue;
      parts.push(await segment.idsBetween(startSeconds, endSeconds, this.#onDamage));
    }
    if (parts.length === 1) return parts[0]!;
    const ids = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      ids.set(part, at);
      at += part.length;
    }
    return sortedUnique(ids);
  }

  /** Beginnings of the windows of `spanSeconds` in which there is anything, ascending. */
  async windows(spanSeconds: number): Promise<readonly number[]> {
    const found = new Set<number>();
    for (const segment of this.segments) {
      const span = segment.header.windowSlots * segment.header.stepSeconds;
      for (const start of (await segment.windowStarts(this.#onDamage)) ?? []) {
        for (let at = start - (start % spanSeconds); at < start + span; at += spanSeconds) found.add(at);
      }
    }
    return [...found].sort((a, b) => a - b);
  }
}
