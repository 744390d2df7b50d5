/** `lockstep sidecar`: the half that runs on each node of the cluster. */
import { formatHostPort } from "../core/options.ts";
import { createMetrics } from "../exporters/prometheus.ts";
import type { Command } from "./command.ts";
import { composeSidecar } from "./compose/sidecar.ts";
import { CONFIG_FLAG, loadSettings, SIDECAR_FLAGS } from "./settings.ts";
import { stopped } from "./stopped.ts";

export const sidecar: Command = {
  name: "sidecar",
  summary: "Watches this node and sends what it sees to the aggregator. One on each node of the cluster.",
  help: `
Reads Posit Connect's RRD files and Prometheus page, the host, and this node's clock against the aggregator's, and sends
it all over the Carbon protocol. What can't be sent waits in memory and follows later.

  lockstep sidecar --to aggregator.example.org:2003 --cluster prod
`,
  flags: { ...SIDECAR_FLAGS, ...CONFIG_FLAG },
  async run(context) {
    const { values } = await loadSettings(context, SIDECAR_FLAGS);
    const log = context.openLog(values.log.level);
    const metrics = createMetrics({ processMetrics: false });
    const running = composeSidecar({ world: context.world, log, metrics, config: values.sidecar });
    log.info("watching this node", {
      cluster: running.cluster,
      node: running.node,
      to: formatHostPort(values.sidecar.to),
    });
    await stopped(context);
    log.info("stopping: saying goodbye and sending what is left");
    const left = await running.close();
    if (left > 0) log.warn("stopped before everything was sent", { samples_left: left });
    return 0;
  },
};
