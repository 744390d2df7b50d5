/** A whole aggregator with rules, in the simulator: what is open in an aggregate through stops, starts and kills. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Aggregator, composeAggregator } from "#src/commands/compose/aggregator.ts";
import { loadConfig } from "#src/config/load.ts";
import { configSchema } from "#src/config/schema.ts";
import { silentLog } from "#src/core/log.ts";
import type { SimProcess } from "../sim/process.ts";
import { Simulation } from "../sim/simulation.ts";
import { type CountingMetrics, countingMetrics } from "../support/counting-metrics.ts";

const INCOMPLETE = "lockstep_rules_aggregates_incomplete_total";

class Stage {
  readonly simulation = new Simulation(1);
  aggregator!: Aggregator;
  metrics!: CountingMetrics;
  process!: SimProcess;

  constructor(rules: string) {
    const { disk } = this.simulation.host("aggregator");
    disk.put("/rules/aggregation-rules.conf", new TextEncoder().encode(rules));
    this.simulation.host("sender");
  }

  async start(): Promise<void> {
    const flags = { "store.directory": "/data", "receivers.rules.directory": "/rules" };
    const config = loadConfig(configSchema, {
      environment: {},
      flags: Object.entries(flags).map(([key, value]) => ({ flag: key, path: key.split("."), value })),
    }).values;
    this.process = this.simulation.hostOf("aggregator").start();
    this.metrics = countingMetrics();
    const { world } = this.process;
    const opening = composeAggregator({ world, log: silentLog, metrics: this.metrics, config });
    this.aggregator = await this.simulation.scheduler.until(opening);
  }

  async stop(): Promise<void> {
    await this.simulation.scheduler.until(this.aggregator.close());
    this.process.kill();
  }

  get nowSeconds(): number {
    return Math.floor(this.simulation.nowMs / 1000);
  }

  async send(line: string): Promise<void> {
    const { net } = this.simulation.hostOf("sender").start().world;
    const events = { onData: () => undefined, onEnd: () => undefined, onClose: () => undefined };
    const connecting = net.connect({ host: "aggregator", port: 2003, timeoutMs: 1_000, events });
    const connection = await this.simulation.scheduler.until(connecting);
    connection.send(new TextEncoder().encode(`${line} ${this.nowSeconds}\n`));
    connection.end();
    await this.simulation.run(1_500);
  }

  async value(name: string, seconds: number): Promise<number | undefined> {
    const { store } = this.aggregator;
    const id = store.names.idOfName(name);
    if (id < 0) return undefined;
    const window = { fromSeconds: seconds - 1, untilSeconds: seconds, nowSeconds: this.nowSeconds };
    const [series] = await this.simulation.scheduler.until(store.fetch({ series: [{ path: name, id }], ...window }));
    return series!.values[0];
  }
}

test("an aggregate goes on over a stop and a start as if there had been none; after a kill its loss is counted", async () => {
  const stage = new Stage("all.r (60) = sum web.*.r\n");
  await stage.start();
  await stage.simulation.run(60_000 - (stage.simulation.nowMs % 60_000) + 1_000);
  const minute = stage.nowSeconds - 1;
  await stage.send("web.a.r 1");
  await stage.stop();
  await stage.start();
  assert.equal(await stage.value("all.r", minute), 1, "a stop writes what is open");
  await stage.send("web.b.r 2");
  await stage.simulation.run(62_000);
  assert.equal(await stage.value("all.r", minute), 3);
  assert.equal(stage.metrics.count(INCOMPLETE), 0);

  await stage.simulation.run(60_000 - (stage.simulation.nowMs % 60_000) + 1_000);
  const next = stage.nowSeconds - 1;
  await stage.send("web.a.r 10");
  stage.process.kill();
  await stage.start();
  await stage.send("web.b.r 20");
  await stage.simulation.run(62_000);
  assert.equal(await stage.value("all.r", next), 20);
  assert.equal(stage.metrics.count(INCOMPLETE), 1);
  assert.equal(await stage.value("web.a.r", next), 10, "the inputs are all there");
  await stage.stop();
});
