import assert from "node:assert/strict";
import { test } from "node:test";
import { SpellingCache } from "#src/carbon/spelling-cache.ts";
import { UNDECIDED } from "#src/carbon/target.ts";

test("what keeps coming is kept, what does not is forgotten, and memory is bounded", () => {
  const cache = new SpellingCache(7, 100, 1_000_000);
  cache.add("stays", 5);
  let most = 0;
  for (let i = 0; i < 10_000; i++) {
    cache.add(`flood.${i}`, -3);
    if (i % 50 === 0) assert.equal(cache.targetOf("stays"), 5, `after ${i} others`);
    most = Math.max(most, cache.memoryBytes);
  }
  assert.equal(cache.targetOf("flood.9999"), -3);
  assert.equal(cache.targetOf("flood.0"), UNDECIDED);
  assert.ok(most < 100_000, `${most} bytes at the most`);
});

test("long names are bounded by their bytes", () => {
  const cache = new SpellingCache(7, 1_000_000, 10_000);
  let most = 0;
  for (let i = 0; i < 1_000; i++) {
    cache.add(`${"x".repeat(4_000)}${i}`, -3);
    most = Math.max(most, cache.memoryBytes);
  }
  assert.ok(most < 250_000, `${most} bytes at the most`);
});

test("clear forgets everything", () => {
  const cache = new SpellingCache(7);
  cache.add("a", 1);
  cache.clear();
  assert.equal(cache.targetOf("a"), UNDECIDED);
});
