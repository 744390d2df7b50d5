/** `lockstep start`: both halves in one process, useful without any settings. */
import { resolve } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Config, SidecarConfig } from "../config/schema.ts";
import { errorCode, LockstepError } from "../core/errors.ts";
import { formatHostPort } from "../core/options.ts";
import type { Files, SocketAddress } from "../core/world.ts";
import { createMetrics } from "../exporters/prometheus.ts";
import type { Command, CommandContext } from "./command.ts";
import { type RunningAggregator, runAggregator } from "./compose/run-aggregator.ts";
import { composeSidecar } from "./compose/sidecar.ts";
import { AGGREGATOR_FLAGS, CONFIG_FLAG, loadSettings, SIDECAR_FLAGS } from "./settings.ts";
import { stopped } from "./stopped.ts";

const { to: _to, ...LOCAL_SIDECAR_FLAGS } = SIDECAR_FLAGS; // it sends to the aggregator beside it
const START_FLAGS = { ...AGGREGATOR_FLAGS, ...LOCAL_SIDECAR_FLAGS };

/** Where Posit Connect keeps its settings: a host without that directory has no Connect to be watched. */
const CONNECT_DIRECTORY = "/etc/rstudio-connect";
/** The collectors that read what only a Connect has. */
const CONNECT_COLLECTORS = ["rrd", "prometheus"] as const;

export const start: Command = {
  name: "start",
  summary: "An aggregator, and a sidecar that watches this host: everything in one process.",
  help: `
The quickest way to see Lockstep: pages, Graphite API, Carbon receiver, and this host as the first node of the cluster.
Further nodes join with \`lockstep sidecar --to THIS_HOST:2003\`, once the receiver listens where they can reach it:

  lockstep start --line 0.0.0.0:2003 --time 0.0.0.0:10123
`,
  flags: { ...START_FLAGS, ...CONFIG_FLAG },
  async run(context) {
    const loaded = await loadSettings(context, START_FLAGS);
    const config = loaded.values;
    const log = context.openLog(config.log.level);
    const { world, version } = context;
    const metrics = createMetrics({ processMetrics: true });
    if (config.receivers.line.every(({ tls }) => tls)) throw withoutPlainLines();
    const running = await runAggregator({ world, log, metrics, config, version });
    const { sidecar: sidecarConfig, skipped } = await withoutMissingConnect(world.files, loaded);
    const sidecar = composeSidecar({
      world,
      log,
      metrics: createMetrics(),
      config: sendingTo(running.aggregator.addresses, sidecarConfig),
    });
    greet(context, running, config);
    if (skipped)
      log.info(`there is no ${CONNECT_DIRECTORY} here: this host is watched without Posit Connect's metrics`);
    await stopped(context);
    log.info("stopping: writing everything out");
    await sidecar.close();
    await running.close();
    return 0;
  },
};

/** Without a Connect here, what reads from it stays off, unless somebody has said a word about it in the settings. */
async function withoutMissingConnect(
  files: Files,
  { values, origins }: LoadedConfig<Config>,
): Promise<{ sidecar: SidecarConfig; skipped: boolean }> {
  const { sidecar } = values;
  if (await exists(files, CONNECT_DIRECTORY)) return { sidecar, skipped: false };
  const collectors: Record<string, unknown> = { ...sidecar.collectors };
  let skipped = false;
  for (const name of CONNECT_COLLECTORS) {
    const prefix = `sidecar.collectors.${name}`;
    if ([...origins.keys()].some((key) => key === prefix || key.startsWith(`${prefix}.`))) continue;
    collectors[name] = { ...(collectors[name] as object), enabled: false };
    skipped = true;
  }
  return { sidecar: { ...sidecar, collectors }, skipped };
}

async function exists(files: Files, path: string): Promise<boolean> {
  try {
    await files.stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function withoutPlainLines(): LockstepError {
  return new LockstepError(
    "CONFIG",
    "receivers.line: all addresses are tls://, and the sidecar in this process sends plain lines; " +
      "right would be to add 127.0.0.1:2003, or lockstep aggregator without a sidecar",
  );
}

/** To the aggregator of the same process, wherever it really listens. */
function sendingTo({ line, time }: { line: SocketAddress; time: SocketAddress }, config: SidecarConfig): SidecarConfig {
  const clock = { aggregator: reachable(time), ...(config.collectors["clock"] as object) };
  return { ...config, to: reachable(line), collectors: { ...config.collectors, clock } };
}

/** An address that is listened on everywhere is reached at the loopback. */
function reachable({ host, port }: SocketAddress): SocketAddress {
  if (host === "0.0.0.0") return { host: "127.0.0.1", port };
  return host === "::" ? { host: "::1", port } : { host, port };
}

function greet({ print, version }: CommandContext, { aggregator, web }: RunningAggregator, { store }: Config): void {
  const pages = `http://${formatHostPort(web.address)}`;
  print(`
  Lockstep ${version}

  Pages     ${pages}/
  Grafana   ${pages}  as the URL of a Graphite data source
  Carbon    ${formatHostPort(aggregator.addresses.line)}  plaintext lines over TCP
  Data      ${resolve(store.directory)}

`);
}
