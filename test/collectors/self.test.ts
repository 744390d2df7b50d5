import assert from "node:assert/strict";
import { test } from "node:test";
import { SELF_SUBJECTS, selfCollector } from "#src/collectors/self.ts";
import { gather, testContext } from "../support/collect.ts";
import { FakeWorld } from "../support/fake-world.ts";

test("the sidecar sends what it uses, and those of its counters that exist, summed over their labels", async () => {
  const world = new FakeWorld();
  const context = testContext(world);
  const collector = selfCollector.create(context, selfCollector.options.parse({}));
  await world.advance(5000);
  const always = {
    "n1.sidecar.resident_bytes": 1000,
    "n1.sidecar.cpu_seconds_total": 0.005,
    "n1.sidecar.uptime_seconds": 5,
  };
  assert.deepEqual(Object.fromEntries((await gather(collector)).values), always);
  const dropped = context.metrics.counter("lockstep_carbon_dropped_points_total", "Points given up.", ["reason"]);
  dropped.add(2, { reason: "spool_full" });
  dropped.add(3, { reason: "too_old" });
  context.metrics.gauge("lockstep_carbon_queued_points", "Points waiting.", ["destination"], () => [
    { labels: { destination: "a" }, value: 10 },
    { labels: { destination: "b" }, value: 7 },
  ]);
  context.metrics.counter("lockstep_something_else_total", "Not sent.").add(1, {});
  assert.deepEqual(Object.fromEntries((await gather(collector)).values), {
    ...always,
    "n1.sidecar.queued_points": 17,
    "n1.sidecar.dropped_points_total": 5,
  });
});

test("every documented series of its own has a name of its own", () => {
  const paths = SELF_SUBJECTS.map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
});
