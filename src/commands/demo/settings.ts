/** The settings of the demo: those of production, only quicker, so that a minute is enough to see something. */
import { loadConfig } from "../../config/load.ts";
import { type Config, configSchema } from "../../config/schema.ts";
import { formatHostPort } from "../../core/options.ts";
import type { SocketAddress } from "../../core/world.ts";

export const DEMO_CLUSTER = "demo";

export interface DemoAggregatorInput {
  readonly directory: string;
  readonly web: string;
  readonly webhookUrl: string;
}

export function aggregatorSettings({ directory, web, webhookUrl }: DemoAggregatorInput): Config {
  return settingsOf({
    web: { listen: web },
    receivers: { line: "127.0.0.1:0" },
    time: { listen: "127.0.0.1:0" },
    store: { directory },
    cluster: { settle: "5s" },
    alerts: {
      rules: { clockDrift: { warningFor: "10s", criticalFor: "5s", keepFiring: "10s" } },
      groupWait: "2s",
      groupInterval: "10s",
      receivers: [{ name: "terminal", webhook: { url: webhookUrl, allowedNetworks: ["127.0.0.0/8"] } }],
    },
  });
}

export interface DemoNodeInput {
  readonly node: string;
  readonly line: SocketAddress;
  readonly time: SocketAddress;
  /** Of the node's page of metrics. */
  readonly metricsUrl: string;
  /** Where the node's RRD files are. */
  readonly rrd: string;
}

export function nodeSettings({ node, line, time, metricsUrl, rrd }: DemoNodeInput): Config {
  return settingsOf({
    sidecar: {
      cluster: DEMO_CLUSTER,
      node,
      to: formatHostPort(line),
      collectors: {
        heartbeat: { interval: "2s", deadline: "1s" },
        clock: { interval: "2s", deadline: "1s", timeout: "500ms", aggregator: formatHostPort(time) },
        host: { enabled: false }, // all nodes would show the one machine that they run on
        prometheus: {
          interval: "5s",
          deadline: "2s",
          targets: [{ name: "connect", url: metricsUrl, dialect: "connect" }],
        },
        rrd: { interval: "5s", deadline: "4s", directories: [rrd] },
      },
    },
    log: { level: "warn" },
  });
}

/** JSON is YAML: the settings pass the same door as a user's. */
function settingsOf(settings: unknown): Config {
  return loadConfig(configSchema, {
    file: { path: "the demo", text: JSON.stringify(settings) },
    environment: {},
    flags: [],
  }).values;
}
