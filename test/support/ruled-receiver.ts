/** Lines in, rules from files, a store: the receiving half of an aggregator in the simulator. */
import { LineParser } from "#src/carbon/line.ts";
import { createLog } from "#src/core/log.ts";
import type { SampleBatch } from "#src/core/series-store.ts";
import { Intake } from "#src/receivers/intake.ts";
import type { CarriedAggregate } from "#src/receivers/rules/carry.ts";
import { rulesOptions } from "#src/receivers/rules/options.ts";
import { openRules, type Rules } from "#src/receivers/rules/rules.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { parseSchemas } from "#src/store/schemas.ts";
import type { SimProcess } from "../sim/process.ts";
import { Simulation } from "../sim/simulation.ts";
import { type CountingMetrics, countingMetrics } from "./counting-metrics.ts";

const encoder = new TextEncoder();
const STORAGE = {
  schemas: parseSchemas("[all]\npattern = .*\nretentions = 1s:1d\n", "storage-schemas.conf"),
  aggregations: [],
};
/** Debian's carbon keeps all of its files in one place. */
const DIRECTORY = "/etc/carbon";

export type RuleFileName = "blacklist.conf" | "whitelist.conf" | "rewrite-rules.conf" | "aggregation-rules.conf";
export type RuleTexts = Partial<Record<RuleFileName, string>>;

export class RuledReceiver {
  readonly simulation = new Simulation(1);
  readonly log: string[] = [];
  readonly settings: Readonly<Record<string, unknown>>;
  metrics: CountingMetrics = countingMetrics();
  store!: EmbeddedStore;
  rules!: Rules;
  intake!: Intake;
  parser!: LineParser;
  /** Sees what is stored. */
  onSamples: (batch: SampleBatch) => void = () => undefined;
  #process!: SimProcess;
  /** What one run leaves to the next; undefined when it was killed. */
  #open: readonly CarriedAggregate[] | undefined;

  private constructor(settings: Readonly<Record<string, unknown>>) {
    this.settings = settings;
  }

  static async start(texts: RuleTexts, settings: Readonly<Record<string, unknown>> = {}): Promise<RuledReceiver> {
    const receiver = new RuledReceiver(settings);
    receiver.simulation.host("aggregator");
    receiver.put("other.conf", "");
    for (const [name, text] of Object.entries(texts)) receiver.put(name, text);
    await receiver.open();
    return receiver;
  }

  put(name: string, text: string): void {
    this.simulation.hostOf("aggregator").disk.put(`${DIRECTORY}/${name}`, encoder.encode(text));
  }
  remove(name: RuleFileName): void {
    this.simulation.hostOf("aggregator").disk.remove(`${DIRECTORY}/${name}`);
  }

  async open(): Promise<void> {
    this.#process = this.simulation.hostOf("aggregator").start();
    const { world } = this.#process;
    this.metrics = countingMetrics();
    const log = createLog({ clock: world.clock, level: "info", write: (line) => this.log.push(line) });
    await this.simulation.scheduler.until(this.#compose(world, log));
  }

  async #compose(world: SimProcess["world"], log: ReturnType<typeof createLog>): Promise<void> {
    const storeOptions = { directory: "/data", rules: STORAGE, seriesLimit: 1000, headBytes: 1e7 };
    this.store = await EmbeddedStore.open(world, log, storeOptions);
    const keeper = {
      take: async () => {
        const open = this.#open;
        this.#open = undefined;
        return open;
      },
      save: async (open: readonly CarriedAggregate[]) => {
        this.#open = JSON.parse(JSON.stringify(open)) as readonly CarriedAggregate[];
      },
    };
    const settings = rulesOptions.parse({ directory: DIRECTORY, ...this.settings });
    const { metrics, store } = this;
    this.rules = (await openRules({ world, log, metrics, store, settings, keeper }))!;
    this.intake = new Intake({
      world,
      log,
      metrics,
      store,
      newSeriesPerSecond: 1e6,
      rules: this.rules,
      onSamples: (batch) => this.onSamples(batch),
    });
    const sink = this.intake.sender("line_tcp", { host: "10.0.0.1", port: 1 });
    this.parser = new LineParser(store.names, sink, () => this.nowSeconds);
  }

  get nowSeconds(): number {
    return Math.floor(this.simulation.hostOf("aggregator").wallMs() / 1000);
  }

  /** Sends `name value` as of now, or `name value timestamp`. */
  send(...lines: readonly string[]): void {
    const text = lines.map((line) => (line.split(" ").length === 3 ? line : `${line} ${this.nowSeconds}`)).join("\n");
    this.parser.feed(encoder.encode(`${text}\n`));
  }

  run(seconds: number): Promise<void> {
    return this.simulation.run(seconds * 1000);
  }

  /** How many lines were refused for a reason. */
  rejected(reason: string): number {
    return this.metrics.count("lockstep_receiver_rejected_total", { receiver: "line_tcp", reason });
  }

  get rejectedInAll(): number {
    return this.metrics.sum("lockstep_receiver_rejected_total");
  }

  async gauge(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    const key = JSON.stringify(labels);
    const readings = await this.metrics.readings();
    return readings.find((reading) => reading.name === name && JSON.stringify(reading.labels) === key)?.value;
  }

  /** Names of all series, sorted. */
  names(): string[] {
    return Array.from({ length: this.store.names.ids }, (_, id) => this.store.names.nameOf(id)).sort();
  }

  /** The values that are stored of a series, by time, over the last hour. */
  async values(name: string): Promise<readonly (readonly [seconds: number, value: number])[]> {
    const id = this.store.names.idOfName(name);
    if (id < 0) return [];
    const now = this.nowSeconds;
    const query = { series: [{ path: name, id }], fromSeconds: now - 3600, untilSeconds: now, nowSeconds: now };
    const [series] = await this.simulation.scheduler.until(this.store.fetch(query));
    const { startSeconds, stepSeconds, values } = series!;
    return [...values].flatMap((value, i) =>
      Number.isNaN(value) ? [] : [[startSeconds + i * stepSeconds, value] as const],
    );
  }

  /** An orderly stop. */
  async stop(): Promise<void> {
    await this.simulation.scheduler.until(this.rules.close());
    await this.simulation.scheduler.until(this.store.close());
    this.#process.kill();
  }

  kill(): void {
    this.#process.kill();
  }
}
