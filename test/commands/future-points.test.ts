import assert from "node:assert/strict";
import { test } from "node:test";
import { FuturePoints } from "#src/commands/compose/future-points.ts";
import { LIMITS } from "#src/core/limits.ts";

test("points ahead of our clock are counted by node, for so many nodes and no more", () => {
  const points = new FuturePoints();
  for (const name of ["connect.prod.n1.cpu", "connect.prod.n1.load", "connect.prod.n2.cpu", "collectd.n1.cpu"]) {
    points.note(name);
  }
  assert.deepEqual([points.of("prod", "n1"), points.of("prod", "n2"), points.of("other", "n1")], [2, 1, 0]);
  for (let n = 0; n < LIMITS.clusterNodes + 10; n++) points.note(`connect.many.n${n}.cpu`);
  assert.equal(points.of("many", `n${LIMITS.clusterNodes + 5}`), 0);
  points.note("connect.prod.n1.cpu");
  assert.equal(points.of("prod", "n1"), 3, "those that are known go on");
});
