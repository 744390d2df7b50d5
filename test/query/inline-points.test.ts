/** Which requests the main thread may evaluate itself: the cheapest part of one does not speak for the whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inlinePoints } from "#src/query/inline-points.ts";
import { queryLimits } from "#src/query/limits.ts";

const limits = queryLimits.parse({});

test("the dearest target decides", () => {
  const combined = inlinePoints(['alias(groupByNode(a.*,1,"sum"),"x")', "a.*|sumSeries()"], limits);
  const listed = inlinePoints(["sumSeries(a.*)", "scale(a.*,2)"], limits);
  const heavy = inlinePoints(["sumSeries(a.*)", 'template(group(a,sumSeries(movingMedian(a.*,"5min"))),x=1)'], limits);
  assert.ok(heavy < listed && listed < combined, `${heavy}, ${listed}, ${combined}`);
  assert.equal(inlinePoints(["a.x"], limits), listed);
});

test("what can't be parsed is refused as ever", () => {
  assert.throws(() => inlinePoints(["scale(a,"], limits), { code: "QUERY_SYNTAX" });
});
