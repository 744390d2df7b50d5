/** The sidecar, put together: collectors → stamps in cluster time → the Carbon exporter. */
import type {
  Collector,
  CollectorContext,
  CollectorModule,
  CollectorSchedule,
  Emit,
} from "../../collectors/collector.ts";
import { nodeNames } from "../../collectors/collector.ts";
import { COLLECTORS } from "../../collectors/index.ts";
import type { StampedMeasurement } from "../../collectors/measurement.ts";
import { type ScheduledCollector, startCollectors } from "../../collectors/runner.ts";
import type { SidecarConfig } from "../../config/schema.ts";
import { createClusterClock } from "../../core/cluster-clock.ts";
import type { Log } from "../../core/log.ts";
import type { Metrics } from "../../core/metrics.ts";
import type { World } from "../../core/world.ts";
import { type CarbonStatus, openCarbonExporter } from "../../exporters/carbon.ts";

/** How long a stopping sidecar waits for what it has sent to be confirmed. */
const FLUSH_MS = 5_000;
/** By convention of ours: where an aggregator answers time requests, beside its Carbon port. */
const TIME_PORT = 10_123;

export interface Sidecar {
  readonly node: string;
  readonly cluster: string;
  status(): CarbonStatus;
  /** Says goodbye, sends what is left and stops; returns how many samples could not be sent. */
  close(): Promise<number>;
}

export interface SidecarContext {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly config: SidecarConfig;
}

export function composeSidecar({ world, log, metrics, config }: SidecarContext): Sidecar {
  const node = config.node ?? world.host.hostname;
  const names = nodeNames(config.cluster, node);
  const clusterClock = createClusterClock(world.clock);
  const exporterLog = log.child("exporters.carbon");
  const exporter = openCarbonExporter({
    world,
    log: exporterLog,
    metrics,
    node,
    to: config.to,
    options: config.carbon,
  });
  const secondsOf =
    config.stamps === "cluster"
      ? (measured: StampedMeasurement) => clusterClock.clusterSeconds(measured)
      : (measured: StampedMeasurement) => Math.floor(measured.wallMs / 1000);
  const sink = (measurements: readonly StampedMeasurement[]): void =>
    exporter.send(measurements.map((one) => ({ name: one.name, value: one.value, seconds: secondsOf(one) })));
  const context = { world, log: log.child("collectors"), metrics, names, clusterClock };
  const collectors = openCollectors(config, context);
  const runner = startCollectors({ collectors, world, log: context.log, metrics, names, sink });
  return {
    node: names.node,
    cluster: names.cluster,
    status: () => exporter.status(),
    async close() {
      await runner.close();
      sayGoodbye(collectors, world, sink);
      return exporter.close(FLUSH_MS);
    },
  };
}

function openCollectors(config: SidecarConfig, context: CollectorContext): readonly ScheduledCollector[] {
  const opened: ScheduledCollector[] = [];
  for (const module of COLLECTORS as readonly CollectorModule[]) {
    const options = optionsOf(module, config);
    if (!options.enabled) continue;
    opened.push({ name: module.name, collector: module.create(context, options), schedule: options });
  }
  return opened;
}

/** The clock is measured against the aggregator that samples go to, unless the settings name another place. */
function optionsOf(module: CollectorModule, config: SidecarConfig): CollectorSchedule {
  const options = (config.collectors as Readonly<Record<string, CollectorSchedule>>)[module.name]!;
  if (module.name !== "clock") return options;
  return { aggregator: { host: config.to.host, port: TIME_PORT }, ...options } as CollectorSchedule;
}

function sayGoodbye(
  collectors: readonly ScheduledCollector[],
  world: World,
  sink: (measurements: readonly StampedMeasurement[]) => void,
): void {
  const last: StampedMeasurement[] = [];
  const emit: Emit = (measurement) => last.push({ ...measurement, wallMs: measurement.wallMs ?? world.clock.wallMs() });
  for (const { collector } of collectors) (collector as Collector).goodbye?.(emit);
  if (last.length > 0) sink(last);
}
