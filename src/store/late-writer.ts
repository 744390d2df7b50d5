/** Late points → overlays of every tier that they change. What fails goes on where it stopped, when it is called again. */
import type { AggregationMethod } from "../core/aggregation.ts";
import { type HeadLayer, LAYER_SLOTS } from "./head.ts";
import type { Slots } from "./job-window.ts";
import type { LateFlush } from "./late-set.ts";
import type { Level } from "./level.ts";
import { largeSlots } from "./merge-plan.ts";
import type { PointBuffer } from "./point-buffer.ts";
import type { Rows } from "./rows.ts";
import { type SegmentJobs, type SegmentKind, sourceOf } from "./segment-jobs.ts";

export interface LateWriterOptions {
  readonly jobs: SegmentJobs;
  readonly levels: readonly Level[];
  readonly rows: Rows;
  /** First time without a summary, for each tier. */
  readonly completeUntil: readonly number[];
  readonly methodOf: (id: number) => AggregationMethod;
}

export class LateWriter {
  readonly #options: LateWriterOptions;

  constructor(options: LateWriterOptions) {
    this.#options = options;
  }

  /** `walThrough`: the log file up to which these are all late points there are. */
  async write(flush: LateFlush, walThrough: number): Promise<void> {
    // What came in bulk is newer than the rest of its slots, and so is what it is made into.
    if (flush.set.points.length > 0) await this.#writePoints(flush, walThrough);
    if (flush.set.head.bytes > 0) await this.#writeBulk(flush, walThrough);
  }

  async #writePoints(flush: LateFlush, walThrough: number): Promise<void> {
    const { jobs, levels, completeUntil } = this.#options;
    const { points, head } = flush.set;
    const summed = this.#summed(points);
    for (; flush.pointTiers < levels.length; flush.pointTiers++) {
      const { tier, windowSlots, stepSeconds } = levels[flush.pointTiers]!;
      const last = tier === levels.length - 1 && head.bytes === 0;
      const { length, ids, seconds, values, tiers } = points;
      await jobs.write(tier, overlay(windowSlots, last ? walThrough : 0), (output) => ({
        kind: "late",
        output,
        tier,
        points: { length, ids, seconds, values, tiers },
        summed,
        finestPerSlot: stepSeconds / levels[0]!.stepSeconds,
        completeUntil: completeUntil[tier]!,
        finer: sourceOf(levels[Math.max(0, tier - 1)]!),
      }));
    }
  }

  /** Which points belong to series that are summarised by their sum. */
  #summed({ length, ids, tiers }: PointBuffer): Uint8Array {
    const summed = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      if (tiers[i]! > 0 && this.#options.methodOf(ids[i]!) === "sum") summed[i] = 1;
    }
    return summed;
  }

  async #writeBulk(flush: LateFlush, walThrough: number): Promise<void> {
    const { jobs, levels, rows, completeUntil } = this.#options;
    const layers = flush.set.head.layersIn(0, Number.POSITIVE_INFINITY);
    const ids = rows.ids.slice();
    for (; flush.headTiers < levels.length; flush.headTiers++) {
      const { tier, windowSlots } = levels[flush.headTiers]!;
      const through = tier === levels.length - 1 ? walThrough : 0;
      if (tier === 0) {
        const slots = bulkWindowSlots(layers, windowSlots);
        await jobs.writeWindows(overlay(slots, through), windowsOf(layers, slots), layers, rows);
        continue;
      }
      const kind = overlay(windowSlots, through);
      await jobs.write(tier, kind, (output) => ({
        kind: "remake",
        output,
        finestSeconds: levels[0]!.stepSeconds,
        ids,
        layers,
        completeUntil: completeUntil[tier]!,
        finer: sourceOf(levels[tier - 1]!),
      }));
    }
  }
}

/** Of the overlays of one flush, only the last says that the log is covered: a crash before it must bring the points back. */
function overlay(windowSlots: number, walThrough: number): SegmentKind {
  return { overlay: true, merged: false, walThrough, startSeconds: 0, windowSlots };
}

/** A long stretch of time goes into large windows at once. */
function bulkWindowSlots(layers: readonly HeadLayer[], windowSlots: number): number {
  const large = largeSlots(windowSlots);
  return layers.length * LAYER_SLOTS * 3 >= large ? large : windowSlots;
}

/** The windows in which these layers lie. */
function windowsOf(layers: readonly HeadLayer[], windowSlots: number): Slots[] {
  const windows = new Map<number, Slots>();
  for (const { firstSlot } of layers) {
    const from = firstSlot - (firstSlot % windowSlots);
    windows.set(from, { from, to: from + windowSlots });
  }
  return [...windows.values()].sort((a, b) => a.from - b.from);
}
