/** The commands, in the order in which the help lists them. */
import type { Command } from "./command.ts";
import { configCheck, configReferenceCommand, configShow } from "./config.ts";
import { rrdDump, rrdFetch, rrdInfoCommand } from "./rrd.ts";

export const COMMANDS: readonly Command[] = [
  configCheck,
  configShow,
  configReferenceCommand,
  rrdInfoCommand,
  rrdFetch,
  rrdDump,
];
