/** The collectors in the real world, run by their runner: a real node_exporter scraped over HTTP, and a target that is not there. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StampedMeasurement } from "#src/collectors/measurement.ts";
import { prometheusCollector } from "#src/collectors/prometheus.ts";
import { startCollectors } from "#src/collectors/runner.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { parsePage } from "#src/exposition/page.ts";
import { seriesPath } from "#src/exposition/series-path.ts";
import { NAMES } from "../support/collect.ts";
import { freePort, type Program, startProgram, until } from "../support/live.ts";

let exporter: Program;
let url: string;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/metrics`;
  exporter = startProgram("prometheus-node-exporter", [`--web.listen-address=127.0.0.1:${port}`]);
  await until(async () => ((await fetch(url)).ok ? true : undefined), exporter.output);
});

after(() => exporter?.stop());

test("a real exporter's page arrives whole, beside a target that refuses", async () => {
  const nowhere = await freePort();
  const context = { world: realWorld(), metrics: createMetrics(), names: NAMES, log: silentLog };
  const settings = prometheusCollector.options.parse({
    interval: "200ms",
    targets: [
      { name: "node", url },
      { name: "gone", url: `http://127.0.0.1:${nowhere}/metrics` },
    ],
  });
  const sent: StampedMeasurement[] = [];
  const collector = prometheusCollector.create(context, settings);
  const runner = startCollectors({
    ...context,
    collectors: [{ name: "prometheus", collector, schedule: settings }],
    sink: (measurements) => sent.push(...measurements),
  });
  const value = (name: string) => sent.findLast((one) => one.name === `connect.c.n1.${name}`)?.value;
  await until(
    async () => (value("scrape.prometheus.up") === 1 ? true : undefined),
    () => "no collection ended",
  );
  await runner.close();
  assert.equal(value("scrape.prometheus.node.up"), 1);
  assert.equal(value("scrape.prometheus.gone.up"), 0);
  const page = parsePage(await (await fetch(url)).text());
  const names = page.families.flatMap((family) =>
    family.samples.map((sample) => seriesPath(sample.name, sample.labels)),
  );
  const arrived = new Set(sent.map(({ name }) => name.replace("connect.c.n1.prom.node.", "")));
  assert.ok(names.length > 100);
  assert.deepEqual(
    names.filter((name) => !arrived.has(name)),
    [],
    "every series of the page was sent (node_exporter has no histograms of its own)",
  );
});
