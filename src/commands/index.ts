/** The commands, in the order in which the help lists them. */
import { aggregator } from "./aggregator.ts";
import type { Command } from "./command.ts";
import { configCheck, configReferenceCommand, configShow } from "./config.ts";
import { demo } from "./demo.ts";
import { demoNode } from "./demo-node.ts";
import { importWhisperCommand } from "./import.ts";
import { rrdDump, rrdFetch, rrdInfoCommand } from "./rrd.ts";
import { sidecar } from "./sidecar.ts";
import { storeRestore, storeSnapshot } from "./snapshot.ts";
import { start } from "./start.ts";
import { storeCheck, storeRepair, storeStats } from "./store.ts";

export const COMMANDS: readonly Command[] = [
  start,
  aggregator,
  sidecar,
  demo,
  demoNode,
  configCheck,
  configShow,
  configReferenceCommand,
  importWhisperCommand,
  storeSnapshot,
  storeRestore,
  storeCheck,
  storeStats,
  storeRepair,
  rrdInfoCommand,
  rrdFetch,
  rrdDump,
];
