/** Segments that the store's thread writes for a partition: each takes its place in its level once it is on disk. */
import type { Files, WorkThread } from "../core/world.ts";
import type { HeadLayer } from "./head.ts";
import type { FinerTier } from "./job-summary.ts";
import type { Slots } from "./job-window.ts";
import type { Output, StoreJob, StoreJobResult } from "./jobs.ts";
import type { Level, NewSegment } from "./level.ts";
import type { Rows } from "./rows.ts";
import { lowerBound, type Segment } from "./segment.ts";

/** What is said of a segment before it has a sequence. */
export type SegmentKind = Omit<NewSegment, "sequence">;

export interface SegmentJobsOptions {
  readonly directory: string;
  readonly files: Files;
  readonly thread: WorkThread<StoreJob, StoreJobResult>;
  readonly levels: readonly Level[];
  readonly onDamage: (what: string) => void;
  /** Hears when the series of the windows that are written had their first and their last value in them. */
  readonly onSeen: (id: number, firstSeconds: number, lastSeconds: number) => void;
}

export class SegmentJobs {
  readonly #options: SegmentJobsOptions;
  /** Of the newest segment. */
  sequence = 0;

  constructor(options: SegmentJobsOptions) {
    this.#options = options;
  }

  /** Has the thread write one segment, and takes it in, in place of others. */
  async write(
    tier: number,
    kind: SegmentKind,
    jobOf: (output: Output) => StoreJob,
    instead: readonly Segment[] = [],
  ): Promise<StoreJobResult> {
    const { directory, files, thread, levels, onDamage } = this.#options;
    const level = levels[tier]!;
    const output = level.output({ ...kind, sequence: ++this.sequence });
    const result = await thread.run(jobOf(output));
    for (const what of result.damage) onDamage(what);
    if (!result.written) return result;
    await files.syncDirectory(directory);
    await level.adopt(output.path, instead);
    return result;
  }

  /** Writes windows of a head as raw values. */
  async writeWindows(
    kind: SegmentKind,
    windows: readonly Slots[],
    layers: readonly HeadLayer[],
    rows: Rows,
  ): Promise<void> {
    const { stepSeconds } = this.#options.levels[0]!;
    const ids = rows.ids.slice(); // a view would be sent with all that lies behind it
    const job = { kind: "window", stepSeconds, windows, ids, layers } as const;
    const { seen } = await this.write(0, kind, (output) => ({ ...job, output }));
    for (let i = 0; i < seen!.ids.length; i++) this.#options.onSeen(seen!.ids[i]!, seen!.first[i]!, seen!.last[i]!);
  }

  /**
   * Writes a segment again without some series (ascending). The new file has the old one's place in the order of ages, and
   * so nearly its name.
   */
  async rewrite(level: Level, segment: Segment, without: Int32Array): Promise<void> {
    const { files, directory, thread, onDamage } = this.#options;
    const windows = await segment.windowStarts(onDamage);
    const has = await segment.idsBetween(segment.startSeconds, segment.endSeconds, onDamage);
    if (windows === undefined || !has.some((id) => without[lowerBound(without, id)] === id)) return;
    const path = segment.path.endsWith("-b.seg")
      ? segment.path.replace(/-b\.seg$/, ".seg")
      : segment.path.replace(/\.seg$/, "-b.seg");
    const output = { path, header: segment.header };
    const job = { kind: "merge", output, inputs: [segment.path], windows, without, covers: [] } as const;
    const result = await thread.run(job);
    if (result.damage.length > 0) return;
    if (!result.written) await level.drop([segment]);
    else {
      await files.syncDirectory(directory);
      await level.adopt(path, [segment]);
    }
  }
}

/** A tier as what others are made from. */
export function sourceOf(level: Level, segments: readonly Segment[] = level.segments): FinerTier {
  const { stepSeconds, columns } = level;
  return { paths: segments.map((segment) => segment.path), stepSeconds, columns };
}
