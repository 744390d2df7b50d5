/** What is merged with what: the order of ages must hold, and nothing that a part can't be read of is given up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  largeSlots,
  type MergeCandidate,
  planGrowth,
  planOverlays,
  planRest,
  type TierView,
} from "#src/store/merge-plan.ts";

const STEP = 10;
const WINDOW = 120 * STEP;
const LARGE = 720 * STEP;

type Kind = "plain" | "overlay" | "merged";

function segment(sequence: number, from: number, to: number, kind: Kind = "plain", bytes = 1000): MergeCandidate {
  const header = { sequence, overlay: kind === "overlay", merged: kind === "merged" };
  return { startSeconds: from, endSeconds: to, bytes, header };
}

function view(segments: readonly MergeCandidate[], changes: Partial<TierView<MergeCandidate>> = {}) {
  const newestFirst = segments.toSorted((a, b) => b.header.sequence - a.header.sequence);
  return {
    segments: newestFirst,
    stepSeconds: STEP,
    windowSlots: 120,
    completeUntil: 100 * LARGE,
    keepFrom: 0,
    blocked: new Set<MergeCandidate>(),
    ...changes,
  };
}

const sequences = (segments: readonly MergeCandidate[]): number[] => segments.map(({ header }) => header.sequence);

test("small windows grow to ordinary ones, those to large ones, the oldest first", () => {
  const small = [segment(1, 0, 600), segment(2, 600, WINDOW), segment(3, WINDOW, 2 * WINDOW)];
  const first = planGrowth(view(small))!;
  assert.deepEqual([first.window, sequences(first.inputs)], [{ startSeconds: 0, slots: 120 }, [2, 1]]);
  const ordinary = Array.from({ length: 6 }, (_, i) => segment(i + 1, i * WINDOW, (i + 1) * WINDOW));
  const second = planGrowth(view(ordinary))!;
  assert.deepEqual([second.window, second.inputs.length], [{ startSeconds: 0, slots: 720 }, 6]);
  assert.equal(planGrowth(view([segment(9, 0, LARGE, "merged")])), undefined, "what is large stays");
});

test("windows that are not complete, go away soon, or are alone are left", () => {
  const two = [segment(1, 0, WINDOW), segment(2, WINDOW, 2 * WINDOW)];
  assert.equal(planGrowth(view(two, { completeUntil: LARGE - 1 })), undefined);
  assert.equal(planGrowth(view(two, { keepFrom: LARGE })), undefined);
  assert.equal(planGrowth(view([two[0]!])), undefined);
});

test("a merged window takes in the overlays over it, which stay for what else they lie over", () => {
  const overlay = segment(3, 600, 3 * LARGE, "overlay");
  const two = [segment(1, 0, WINDOW), segment(2, WINDOW, 2 * WINDOW)];
  const plan = planGrowth(view([...two, overlay]))!;
  assert.deepEqual(
    [sequences(plan.inputs), sequences(plan.replaced)],
    [
      [3, 2, 1],
      [2, 1],
    ],
  );
});

test("a segment that reaches out of the window, or that has damage, stops it", () => {
  const two = [segment(1, 0, WINDOW), segment(2, WINDOW, 2 * WINDOW)];
  const across = segment(3, 5 * WINDOW, 7 * WINDOW);
  assert.equal(planGrowth(view([...two, across])), undefined);
  const overlay = segment(3, 0, WINDOW, "overlay");
  assert.equal(planGrowth(view([...two, overlay], { blocked: new Set([overlay]) })), undefined);
});

test("overlays of like size become one, without leaving any out in between", () => {
  const overlays = [5, 6, 7].map((sequence) => segment(sequence, 0, WINDOW, "overlay"));
  const big = segment(4, 0, WINDOW, "overlay", 100_000);
  assert.equal(planOverlays(view([...overlays, big])), undefined, "three are few");
  const four = [...overlays, segment(8, 0, WINDOW, "overlay")];
  const plan = planOverlays(view([...four, big]))!;
  assert.deepEqual([sequences(plan.inputs), plan.window], [[8, 7, 6, 5], undefined]);
  assert.equal(planOverlays(view(four, { blocked: new Set([four[1]!]) })), undefined);
});

test("an overlay that has rested is merged window by window, and is done when all have it", () => {
  const overlay = segment(5, 0, 2 * LARGE, "overlay");
  const starts = [0, WINDOW, LARGE + WINDOW];
  const base = segment(1, 0, LARGE, "merged");
  const first = planRest(view([base, overlay]), overlay, starts);
  assert.ok(first !== "done" && first !== undefined);
  assert.deepEqual([first.window!.startSeconds, sequences(first.inputs)], [0, [5, 1]]);
  const half = segment(6, 0, LARGE, "merged");
  const second = planRest(view([half, overlay]), overlay, starts);
  assert.ok(second !== "done" && second !== undefined);
  assert.equal(second.window!.startSeconds, LARGE, "history that was filled in has no other segment");
  assert.equal(planRest(view([half, overlay], { completeUntil: LARGE }), overlay, starts), undefined, "not yet");
  assert.equal(planRest(view([half, segment(7, LARGE, 2 * LARGE, "merged"), overlay]), overlay, starts), "done");
  const plain = segment(7, LARGE, 2 * LARGE);
  assert.notEqual(planRest(view([half, plain, overlay]), overlay, starts), "done", "a window as closed has it not");
});

test("large windows are whole numbers of ordinary ones", () => {
  assert.deepEqual([largeSlots(120), largeSlots(8), largeSlots(100), largeSlots(1000)], [720, 720, 700, 1000]);
});
