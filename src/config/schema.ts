/** All settings: the rooms' own schemas, joined. */
import { z } from "zod";
import { alertsOptions } from "../alerts/options.ts";
import { clusterOptions } from "../cluster/options.ts";
import { COLLECTORS } from "../collectors/index.ts";
import { hostPort } from "../core/options.ts";
import { carbonOptions } from "../exporters/options.ts";
import { queryOptions } from "../query/options.ts";
import { receiversOptions, sntpOptions } from "../receivers/options.ts";
import { storeOptions } from "../store/options.ts";
import { webOptions } from "../web/options.ts";

const collectors = z.strictObject(
  Object.fromEntries(COLLECTORS.map((module) => [module.name, (module.options as z.ZodType).prefault({})])),
);

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, "has other characters than letters, digits, . _ and -");

const sidecarOptions = z.strictObject({
  cluster: name.default("connect").describe("The cluster that this node belongs to: part of every series' name."),
  node: name.optional().describe("This node's name. Default: the host name, as Posit Connect calls the node."),
  to: hostPort()
    .default({ host: "127.0.0.1", port: 2003 })
    .describe("The Carbon server that samples are sent to: the aggregator."),
  stamps: z
    .enum(["cluster", "node"])
    .default("cluster")
    .describe(
      "By which clock samples are stamped: cluster time (this node's clock, corrected to the aggregator's) or this node's as it is.",
    ),
  carbon: carbonOptions.prefault({}),
  collectors: collectors.prefault({}),
});

export const configSchema = z.strictObject({
  web: webOptions.prefault({}),
  receivers: receiversOptions.prefault({}),
  time: sntpOptions.prefault({}),
  store: storeOptions.prefault({}),
  query: queryOptions.prefault({}),
  cluster: clusterOptions.prefault({}),
  alerts: alertsOptions.prefault({}),
  sidecar: sidecarOptions.prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"])
        .default("info")
        .describe("The least important lines that are written."),
    })
    .prefault({}),
});

export type Config = z.output<typeof configSchema>;
export type SidecarConfig = Config["sidecar"];
