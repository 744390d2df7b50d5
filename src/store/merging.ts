/** Merges of segments that lie side by side or over each other, as merge-plan.ts wants them: one at a time. */
import type { Cover } from "./job-merge.ts";
import type { Level } from "./level.ts";
import { type MergePlan, planGrowth, planOverlays, planRest, type TierView } from "./merge-plan.ts";
import type { OnDamage, Segment } from "./segment.ts";
import type { SegmentJobs } from "./segment-jobs.ts";

/** Overlays are merged into the windows that they lie over once they have been there for this long. */
const REST_SECONDS = 900;
const NOBODY = new Int32Array(0);

export class Merging {
  readonly #jobs: SegmentJobs;
  readonly #onDamage: OnDamage;
  /** When overlays were seen first. */
  readonly #overlaySince = new WeakMap<Segment, number>();
  /** What can't be read whole stays as it is. */
  readonly #blocked = new Set<Segment>();

  constructor(jobs: SegmentJobs, onDamage: OnDamage) {
    this.#jobs = jobs;
    this.#onDamage = onDamage;
  }

  /** Does the next merge that is due in a tier, if there is one. */
  async mergeOnce(level: Level, completeUntil: number, keepFrom: number, nowSeconds: number): Promise<void> {
    const { segments, stepSeconds, windowSlots } = level;
    const view: TierView<Segment> = {
      segments,
      stepSeconds,
      windowSlots,
      completeUntil,
      keepFrom,
      blocked: this.#blocked,
    };
    const plan = planGrowth(view) ?? planOverlays(view) ?? (await this.#planRested(level, view, nowSeconds));
    if (plan !== undefined) await this.#merge(level, plan);
  }

  /** Merges an overlay that has rested into what it lies over, window by window; then it goes. */
  async #planRested(
    level: Level,
    view: TierView<Segment>,
    nowSeconds: number,
  ): Promise<MergePlan<Segment> | undefined> {
    for (const overlay of view.segments) {
      if (!overlay.header.overlay || this.#blocked.has(overlay)) continue;
      const since = this.#overlaySince.get(overlay) ?? nowSeconds;
      this.#overlaySince.set(overlay, since);
      if (nowSeconds - since < REST_SECONDS) continue;
      const starts = await overlay.windowStarts(this.#onDamage);
      const plan = starts && planRest(view, overlay, starts);
      if (plan === "done") await level.drop([overlay]);
      else if (plan !== undefined) return plan;
    }
    return undefined;
  }

  async #merge(level: Level, { inputs, replaced, window }: MergePlan<Segment>): Promise<void> {
    const walThrough = Math.max(...inputs.map((segment) => segment.header.walThrough));
    const kind = {
      overlay: window === undefined,
      merged: window !== undefined,
      walThrough,
      startSeconds: window?.startSeconds ?? 0,
      windowSlots: window?.slots ?? Math.max(...inputs.map((segment) => segment.header.windowSlots)),
    };
    const paths = inputs.map((segment) => segment.path);
    const windows = window && [window.startSeconds];
    const covers = level.segments.filter((segment) => segment.header.merged).map(coverOf);
    const result = await this.#jobs.write(
      level.tier,
      kind,
      (output) => ({ kind: "merge", output, inputs: paths, windows, without: NOBODY, covers }),
      replaced,
    );
    if (result.damage.length > 0) for (const segment of inputs) this.#blocked.add(segment);
    else if (!result.written) await level.drop(replaced); // merged windows have all of it
  }
}

function coverOf({ startSeconds, endSeconds, header }: Segment): Cover {
  return { startSeconds, endSeconds, sequence: header.sequence };
}
