/**
 * Which segments of a tier to merge next. Small windows become larger ones; overlays are first merged with each other,
 * and, once they have rested, into the windows that they lie over. Each value is rewritten a few times in its life, and
 * a read has few files to look into. Pure: what there is in, a plan out.
 */
import { MAX_COLUMN } from "./codec.ts";

/** What a plan needs to know of a segment. */
export interface MergeCandidate {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly bytes: number;
  readonly header: { readonly sequence: number; readonly overlay: boolean; readonly merged: boolean };
}

export interface MergePlan<S extends MergeCandidate> {
  /** Newest first. */
  readonly inputs: readonly S[];
  /** Of the inputs, those of which nothing is needed afterwards. */
  readonly replaced: readonly S[];
  /** The window that is made; absent for a merged overlay, which has many. */
  readonly window: { readonly startSeconds: number; readonly slots: number } | undefined;
}

export interface TierView<S extends MergeCandidate> {
  /** Newest first. */
  readonly segments: readonly S[];
  readonly stepSeconds: number;
  readonly windowSlots: number;
  /** Windows before this time are complete. */
  readonly completeUntil: number;
  /** Whatever ends before this time goes away soon. */
  readonly keepFrom: number;
  /** Segments of which a part can't be read: what is left of them would be lost by merging. */
  readonly blocked: ReadonlySet<S>;
}

/** Windows grow to this many slots. */
const LARGE_SLOTS = 720;
/** Overlays of like size that are merged into one. */
const OVERLAYS = 4;
const LIKE_SIZE = 4;

/** Small windows into the next larger ones. */
export function planGrowth<S extends MergeCandidate>(tier: TierView<S>): MergePlan<S> | undefined {
  for (const slots of windowSizes(tier.windowSlots)) {
    const span = slots * tier.stepSeconds;
    const groups = new Map<number, S[]>();
    for (const segment of tier.segments) {
      if (segment.header.overlay || segment.endSeconds - segment.startSeconds >= span) continue;
      const start = segment.startSeconds - (segment.startSeconds % span);
      if (segment.endSeconds > start + span) continue;
      const group = groups.get(start);
      if (group === undefined) groups.set(start, [segment]);
      else group.push(segment);
    }
    for (const [start, group] of [...groups].sort(([a], [b]) => a - b)) {
      const end = start + span;
      if (group.length < 2 || end > tier.completeUntil || end <= tier.keepFrom) continue;
      const plan = planWindow(tier, start, slots);
      if (plan !== undefined) return plan;
    }
  }
  return undefined;
}

/** The newest overlays of like size into one. */
export function planOverlays<S extends MergeCandidate>(tier: TierView<S>): MergePlan<S> | undefined {
  const overlays = tier.segments.filter((segment) => segment.header.overlay);
  let bytes = overlays[0]?.bytes ?? 0;
  let count = 1;
  while (count < overlays.length && overlays[count]!.bytes <= bytes * LIKE_SIZE) bytes += overlays[count++]!.bytes;
  const inputs = overlays.slice(0, count);
  if (count < OVERLAYS || inputs.some((segment) => tier.blocked.has(segment))) return undefined;
  return { inputs, replaced: inputs, window: undefined };
}

/**
 * The next window that an overlay lies over, merged with what it lies over; `done` when nothing is needed of the
 * overlay any more. `starts` are the beginnings of its own windows.
 */
export function planRest<S extends MergeCandidate>(
  tier: TierView<S>,
  overlay: S,
  starts: readonly number[],
): MergePlan<S> | "done" | undefined {
  const slots = largeSlots(tier.windowSlots);
  const span = slots * tier.stepSeconds;
  const windows = new Set(starts.map((start) => start - (start % span)));
  let covered = 0;
  for (const start of windows) {
    if (start + span <= tier.keepFrom || isCovered(tier, overlay, start, start + span)) covered++;
    else if (start + span <= tier.completeUntil) {
      const plan = planWindow(tier, start, slots);
      if (plan !== undefined) return plan;
    }
  }
  return covered === windows.size ? "done" : undefined;
}

/** Whether a segment that was made of the overlay, too, has all of a window. */
function isCovered<S extends MergeCandidate>(tier: TierView<S>, overlay: S, start: number, end: number): boolean {
  return tier.segments.some(
    ({ header, startSeconds, endSeconds }) =>
      header.merged && header.sequence > overlay.header.sequence && startSeconds <= start && endSeconds >= end,
  );
}

/** Everything in a window; undefined when an ordinary segment reaches out of it. */
function planWindow<S extends MergeCandidate>(
  tier: TierView<S>,
  startSeconds: number,
  slots: number,
): MergePlan<S> | undefined {
  const end = startSeconds + slots * tier.stepSeconds;
  const inputs = tier.segments.filter((s) => s.startSeconds < end && s.endSeconds > startSeconds);
  const replaced = inputs.filter((s) => !s.header.overlay);
  if (replaced.some((s) => s.startSeconds < startSeconds || s.endSeconds > end)) return undefined;
  if (inputs.some((segment) => tier.blocked.has(segment))) return undefined;
  return { inputs, replaced, window: { startSeconds, slots } };
}

function windowSizes(windowSlots: number): readonly number[] {
  return windowSlots === largeSlots(windowSlots) ? [windowSlots] : [windowSlots, largeSlots(windowSlots)];
}

/** The largest windows of a tier: whole numbers of its ordinary ones. */
export function largeSlots(windowSlots: number): number {
  const most = Math.min(LARGE_SLOTS, MAX_COLUMN);
  return Math.max(windowSlots, most - (most % windowSlots));
}
