/** `lockstep aggregator`: the half that the nodes of the cluster send to. */
import { formatHostPort } from "../core/options.ts";
import { createMetrics } from "../exporters/prometheus.ts";
import type { Command } from "./command.ts";
import { type RunningAggregator, runAggregator } from "./compose/run-aggregator.ts";
import { AGGREGATOR_FLAGS, CONFIG_FLAG, loadSettings } from "./settings.ts";
import { stopped } from "./stopped.ts";

export const aggregator: Command = {
  name: "aggregator",
  summary: "Receives, keeps and shows what the sidecars send. One for the cluster.",
  help: `
Receives Carbon from our sidecars and from any other sender (Posit Connect itself, collectd, a relay), stores it, serves
the pages and the Graphite API, answers the sidecars' time requests, and sends alerts to webhooks.

  lockstep aggregator --line 0.0.0.0:2003 --time 0.0.0.0:10123 --data /var/lib/lockstep
`,
  flags: { ...AGGREGATOR_FLAGS, ...CONFIG_FLAG },
  async run(context) {
    const { values } = await loadSettings(context, AGGREGATOR_FLAGS);
    const log = context.openLog(values.log.level);
    const metrics = createMetrics({ processMetrics: true });
    const running = await runAggregator({
      world: context.world,
      log,
      metrics,
      config: values,
      version: context.version,
    });
    log.info("running", placesOf(running));
    await stopped(context);
    log.info("stopping: writing everything out");
    await running.close();
    return 0;
  },
};

/** Where everything listens, for the log. */
function placesOf({ aggregator: { addresses }, web }: RunningAggregator): Record<string, string> {
  const places: Record<string, string> = { pages: `http://${formatHostPort(web.address)}/` };
  for (const [name, address] of Object.entries(addresses)) {
    if (address !== undefined) places[name] = formatHostPort(address);
  }
  return places;
}
