/** How commands come to their settings: a file, the environment, and the flags that stand for a setting. */
import { type ConfigSources, type LoadedConfig, loadConfig } from "../config/load.ts";
import { type Config, configSchema } from "../config/schema.ts";
import { errorCode, LockstepError } from "../core/errors.ts";
import { readText } from "../core/read-file.ts";
import type { CommandContext, Flag } from "./command.ts";

const DEFAULT_FILES = ["lockstep.yaml", "/etc/lockstep/lockstep.yaml"];
/** Names the settings file; it is no setting itself. */
const FILE_VARIABLE = "LOCKSTEP_CONFIG";
const MAX_BYTES = 1024 * 1024;

export const CONFIG_FLAG: Readonly<Record<string, Flag>> = {
  config: { value: "FILE", help: `The settings file. Default: ${DEFAULT_FILES.join(" or ")}, if there is one.` },
};

/** A flag and the setting that it stands for. */
export interface SettingFlag extends Flag {
  readonly setting: readonly string[];
}

/** @throws LockstepError `CONFIG`, with a line for everything that is wrong. */
export async function loadSettings(
  context: CommandContext,
  flags: Readonly<Record<string, SettingFlag>> = {},
): Promise<LoadedConfig<Config>> {
  const sources: ConfigSources = {
    file: await readSettingsFile(context),
    environment: { ...context.env, [FILE_VARIABLE]: undefined },
    flags: Object.entries(flags).flatMap(([flag, { setting, repeated }]) => {
      if (!context.flags.has(flag)) return [];
      const value = repeated === true ? context.flags.all(flag) : context.flags.get(flag);
      return [{ flag, path: setting, value }];
    }),
  };
  return loadConfig(configSchema, sources);
}

/** The file that was named, or the first of the usual ones; undefined when there is none. */
export async function readSettingsFile(context: CommandContext): Promise<{ path: string; text: string } | undefined> {
  const named = context.flags.get("config") ?? context.env[FILE_VARIABLE];
  for (const path of named === undefined ? DEFAULT_FILES : [named]) {
    try {
      return { path, text: await readText(context.world.files, path, MAX_BYTES) };
    } catch (error) {
      if (named === undefined && errorCode(error) === "ENOENT") continue;
      throw new LockstepError("CONFIG", `cannot read the settings file ${path}`, { cause: error });
    }
  }
  return undefined;
}

/** Which settings the flags of the running commands stand for. */
export const AGGREGATOR_FLAGS: Readonly<Record<string, SettingFlag>> = {
  http: { value: "HOST:PORT", help: "Where pages and the Graphite API are served.", setting: ["web", "listen"] },
  line: { value: "HOST:PORT", help: "Where Carbon lines are received over TCP.", setting: ["receivers", "line"] },
  udp: {
    value: "HOST:PORT",
    help: "Where Carbon lines are received over UDP. Off unless given.",
    setting: ["receivers", "udp"],
  },
  pickle: {
    value: "HOST:PORT",
    help: "Where Carbon pickles are received over TCP. Off unless given.",
    setting: ["receivers", "pickle"],
  },
  protobuf: {
    value: "HOST:PORT",
    help: "Where Carbon protobuf messages are received over TCP. Off unless given.",
    setting: ["receivers", "protobuf"],
  },
  "line-http": {
    value: "HOST:PORT",
    help: "Where lines are received over HTTP. Off unless given.",
    setting: ["receivers", "http"],
  },
  unix: {
    value: "PATH",
    help: "A stream socket where lines are received. Off unless given.",
    setting: ["receivers", "unix"],
  },
  time: { value: "HOST:PORT", help: "Where time requests (NTP) are answered.", setting: ["time", "listen"] },
  data: { value: "DIR", help: "Where samples and state are kept.", setting: ["store", "directory"] },
  "carbon-conf": {
    value: "DIR",
    help: "A directory with carbon's storage-schemas.conf and storage-aggregation.conf.",
    setting: ["store", "carbonConf"],
  },
  rules: {
    value: "DIR",
    help: "A directory with carbon's blacklist.conf, whitelist.conf, rewrite-rules.conf, aggregation-rules.conf.",
    setting: ["receivers", "rules", "directory"],
  },
};

export const SIDECAR_FLAGS: Readonly<Record<string, SettingFlag>> = {
  to: { value: "HOST:PORT", help: "The Carbon server that samples are sent to.", setting: ["sidecar", "to"] },
  node: { value: "NAME", help: "This node's name. Default: the host name.", setting: ["sidecar", "node"] },
  cluster: { value: "NAME", help: "The cluster that this node belongs to.", setting: ["sidecar", "cluster"] },
  rrd: {
    value: "DIR",
    repeated: true,
    help: "Where RRD files are. Default: where Connect keeps its own.",
    setting: ["sidecar", "collectors", "rrd", "directories"],
  },
};
