/** Our own page, with every metric that the collectors declare, before Prometheus' linter and our own reader. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { hostCollector } from "#src/collectors/host.ts";
import { prometheusCollector } from "#src/collectors/prometheus.ts";
import { startCollectors } from "#src/collectors/runner.ts";
import { selfCollector } from "#src/collectors/self.ts";
import { silentLog } from "#src/core/log.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { parsePage } from "#src/exposition/page.ts";
import { NAMES } from "../support/collect.ts";
import { FakeWorld } from "../support/fake-world.ts";

test("promtool has nothing to say about our page", async () => {
  const world = new FakeWorld();
  const metrics = createMetrics({ processMetrics: true });
  const context = { world, metrics, names: NAMES, log: silentLog };
  world.answer = () => ({ body: new TextEncoder().encode("a 1\nbad\na 2\n") });
  const schedule = { interval: 10_000, deadline: 5_000 };
  const runner = startCollectors({
    ...context,
    collectors: [
      {
        name: "prometheus",
        collector: prometheusCollector.create(context, prometheusCollector.options.parse({})),
        schedule,
      },
      { name: "host", collector: hostCollector.create(context, hostCollector.options.parse({})), schedule },
      { name: "self", collector: selfCollector.create(context, selfCollector.options.parse({})), schedule },
    ],
    sink: () => undefined,
  });
  await world.advance(15_000);
  await runner.close();
  const { contentType, text } = await metrics.page();
  const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
  assert.deepEqual([checked.status, checked.stdout, checked.stderr], [0, "", ""]);
  const page = parsePage(text, { contentType });
  assert.deepEqual(page.problems, []);
  const ours = page.families.filter(({ name }) => name.startsWith("lockstep_"));
  assert.ok(ours.length >= 7, `our own metrics are on the page: ${ours.map(({ name }) => name)}`);
  assert.ok(ours.every(({ help, type }) => help !== "" && type !== "unknown"));
});
