/** A whole cluster in the simulator: an aggregator, sidecars, a page of Connect's metrics each, and a webhook receiver. */
import assert from "node:assert/strict";
import { type Aggregator, composeAggregator } from "#src/commands/compose/aggregator.ts";
import { composeSidecar, type Sidecar } from "#src/commands/compose/sidecar.ts";
import { loadConfig } from "#src/config/load.ts";
import { type Config, configSchema } from "#src/config/schema.ts";
import { createLog } from "#src/core/log.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import type { DriftShape } from "./clock.ts";
import type { SimProcess } from "./process.ts";
import { Simulation } from "./simulation.ts";
import { Wiretap } from "./wiretap.ts";

const AGGREGATOR = "aggregator";
const LINE_PORT = 2003;

/** One alert of one message, in the order of arrival. */
export interface Told {
  readonly atMs: number;
  readonly status: "firing" | "resolved";
  readonly alertname: string;
  readonly severity: string;
  readonly node: string;
  readonly summary: string;
  readonly messageId: string;
}

export class SimCluster {
  readonly simulation: Simulation;
  readonly told: Told[] = [];
  readonly wiretap = new Wiretap();
  readonly log: string[] = [];
  /** What is answered to webhooks; 200 unless a test says otherwise. */
  webhookStatus = 200;
  aggregator!: Aggregator;
  #aggregatorProcess!: SimProcess;
  readonly #sidecars = new Map<string, { sidecar: Sidecar; process: SimProcess }>();

  constructor(seed?: number) {
    this.simulation = new Simulation(seed);
    this.simulation.host(AGGREGATOR);
    this.simulation.serveHttp("hooks", (request) => {
      if (this.webhookStatus === 200) this.#receive(request.body!, request.headers?.["webhook-id"] ?? "");
      return { status: this.webhookStatus, headers: {}, body: new Uint8Array() };
    });
  }

  /** What the simulator is asked to decide by chance is decided by this. */
  get seed(): number {
    return this.simulation.seed;
  }

  addNode(name: string, clock?: DriftShape): void {
    this.simulation.host(name, clock);
    let scrapes = 0;
    this.simulation.serveHttp(`${name}:3232`, () => {
      const page =
        "# TYPE connect_content_app_sessions_current gauge\n" +
        `connect_content_app_sessions_current ${10 + (scrapes++ % 7)}\n` +
        "# TYPE connect_content_hits_total counter\n" +
        `connect_content_hits_total ${scrapes * 3}\n`;
      return {
        status: 200,
        headers: { "content-type": "text/plain; version=0.0.4" },
        body: new TextEncoder().encode(page),
      };
    });
  }

  async startAggregator(): Promise<void> {
    const process = this.simulation.hostOf(AGGREGATOR).start();
    this.#aggregatorProcess = process;
    const config = this.#config({ "alerts.receivers": [{ name: "hook", webhook: { url: "http://hooks/alerts" } }] });
    this.aggregator = await this.wait(
      composeAggregator({
        world: process.world,
        log: this.#logOf(AGGREGATOR, process),
        metrics: createMetrics(),
        config,
      }),
    );
  }

  killAggregator(): void {
    this.#aggregatorProcess.kill();
  }
  pauseAggregator(ms: number): void {
    this.#aggregatorProcess.pause(ms);
  }
  async stopAggregator(): Promise<void> {
    await this.wait(this.aggregator.close());
    this.#aggregatorProcess.kill();
  }

  startSidecar(node: string): void {
    const process = this.simulation.hostOf(node).start();
    const config = this.#config({
      "sidecar.cluster": "prod",
      "sidecar.to": `${AGGREGATOR}:${LINE_PORT}`,
      "sidecar.collectors.host.enabled": false,
      "sidecar.collectors.prometheus.targets": [
        { name: "connect", url: `http://${node}:3232/metrics`, dialect: "connect" },
      ],
    });
    const world = { ...process.world, net: this.wiretap.tap(process.world.net) };
    const sidecar = composeSidecar({
      world,
      log: this.#logOf(node, process),
      metrics: createMetrics(),
      config: config.sidecar,
    });
    this.#sidecars.set(node, { sidecar, process });
  }

  killSidecar(node: string): void {
    this.#sidecars.get(node)!.process.kill();
    this.#sidecars.delete(node);
  }

  async stopSidecar(node: string): Promise<void> {
    const { sidecar, process } = this.#sidecars.get(node)!;
    assert.equal(await this.wait(sidecar.close()), 0, "a planned stop leaves nothing behind");
    process.kill();
    this.#sidecars.delete(node);
  }

  sidecar(node: string): Sidecar {
    return this.#sidecars.get(node)!.sidecar;
  }
  nodes(): readonly string[] {
    return [...this.#sidecars.keys()];
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return this.simulation.scheduler.until(promise);
  }
  run(ms: number): Promise<void> {
    return this.simulation.run(ms);
  }

  #config(flags: Readonly<Record<string, unknown>>): Config {
    const settings = Object.entries(flags).map(([key, value]) => ({ flag: key, path: key.split("."), value }));
    return loadConfig(configSchema, {
      environment: {},
      flags: [{ flag: "d", path: ["store", "directory"], value: "/data" }, ...settings],
    }).values;
  }

  #logOf(host: string, process: SimProcess) {
    return createLog({
      clock: process.world.clock,
      level: "info",
      write: (line) => {
        this.log.push(`${host}: ${line}`);
        if (this.log.length > 2_000) this.log.shift();
      },
    });
  }

  #receive(body: Uint8Array, messageId: string): void {
    const message = JSON.parse(new TextDecoder().decode(body)) as {
      alerts: { status: "firing" | "resolved"; labels: Record<string, string>; annotations: Record<string, string> }[];
    };
    for (const { status, labels, annotations } of message.alerts) {
      this.told.push({
        atMs: this.simulation.scheduler.nowMs,
        status,
        alertname: labels["alertname"]!,
        severity: labels["severity"]!,
        node: labels["node"]!,
        summary: annotations["summary"]!,
        messageId,
      });
    }
  }
}
