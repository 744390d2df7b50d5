/** Patches as the server makes them and the browser applies them: what comes out is the new model, whatever it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyPatch } from "#src/web/browser/merge.ts";
import { mergePatch } from "#src/web/merge-patch.ts";
import { keyed } from "#src/web/view-models/keyed.ts";
import { seeded } from "../support/random.ts";

function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Objects without prototypes are as good as those with. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const rows: readonly (readonly [before: unknown, after: unknown, patch: unknown])[] = [
  [{ a: 1 }, { a: 1 }, undefined],
  [{ a: 1 }, { a: 2 }, { a: 2 }],
  [{ a: 1, b: 2 }, { a: 1 }, { b: null }],
  [{ a: 1 }, { a: 1, b: { c: 2 } }, { b: { c: 2 } }],
  [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
  [{ a: ["x", "y"] }, { a: ["x", "y"] }, undefined],
  [{ a: ["x", "y"] }, { a: ["y"] }, { a: ["y"] }],
  [{ a: { b: 1 } }, { a: "" }, { a: "" }],
];

for (const [before, after, want] of rows) {
  test(`from ${JSON.stringify(before)} to ${JSON.stringify(after)} goes ${JSON.stringify(want)}`, () => {
    const patch = mergePatch(before, after);
    assert.deepEqual(patch === undefined ? undefined : plain(patch), want);
    if (patch !== undefined) assert.deepEqual(plain(applyPatch(before, overTheWire(patch))), after);
  });
}

test("a member called __proto__ is a member like any other", () => {
  const before = { list: keyed([["n1", { word: "alive" }]]) };
  const after = {
    list: keyed([
      ["n1", { word: "late" }],
      ["__proto__", { word: "alive" }],
      ["constructor", { word: "stale" }],
    ]),
  };
  const applied = applyPatch(before, overTheWire(mergePatch(before, after)!)) as typeof after;
  assert.deepEqual(Object.keys(applied.list.items), ["n1", "__proto__", "constructor"]);
  assert.equal(({} as { word?: string }).word, undefined);
  assert.equal(JSON.stringify(applied), JSON.stringify(after));
});

test("any model becomes any other", () => {
  const random = seeded();
  const value = (depth: number): unknown => {
    const pick = random.next();
    if (depth === 0 || pick < 0.4) return pick < 0.2 ? Math.floor(pick * 20) : `text ${Math.floor(pick * 10)}`;
    if (pick < 0.5) return [1, "two", pick < 0.45].slice(Math.floor(random.next() * 3));
    const names = ["a", "b", "c", "d"].filter(() => random.next() < 0.6);
    return Object.fromEntries(names.map((name) => [name, value(depth - 1)]));
  };
  for (let i = 0; i < 500; i++) {
    const before = { root: value(4) };
    const after = { root: value(4) };
    const patch = mergePatch(before, after);
    const applied = patch === undefined ? before : applyPatch(before, overTheWire(patch));
    assert.equal(canonical(applied), canonical(after), `seed ${random.seed}, round ${i}`);
  }
});

/** Members in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one !== "object" || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
