/** `lockstep demo-node`: one node of the demo, started by it. A Posit Connect that is not there, and a real sidecar. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { LockstepError } from "../core/errors.ts";
import { parseHostPort } from "../core/options.ts";
import type { World } from "../core/world.ts";
import { createMetrics } from "../exporters/prometheus.ts";
import type { Command, CommandContext } from "./command.ts";
import { Closing } from "./compose/closing.ts";
import { composeSidecar } from "./compose/sidecar.ts";
import { connectPage } from "./demo/connect-page.ts";
import { DEMO_NODES, type DemoNode } from "./demo/nodes.ts";
import { startRrdFiles } from "./demo/rrd-files.ts";
import { nodeSettings } from "./demo/settings.ts";
import { skewedWorld } from "./demo/skewed-world.ts";
import { stopped } from "./stopped.ts";

export const demoNode: Command = {
  name: "demo-node",
  summary: "One node of the demo.",
  hidden: true,
  help: "Started by lockstep demo; ends when that ends.",
  flags: {
    node: { value: "NAME", help: "Which of the demo's nodes." },
    to: { value: "HOST:PORT", help: "The aggregator's Carbon receiver." },
    time: { value: "HOST:PORT", help: "Where it answers time requests." },
    directory: { value: "DIR", help: "Where the node keeps its files." },
  },
  async run(context) {
    const closing = new Closing();
    try {
      await live(context, closing);
      // The demo holds the other end of our standard input.
      await Promise.race([stopped(context), context.inputEnded()]);
    } finally {
      await closing.run();
    }
    return 0;
  },
};

async function live(context: CommandContext, closing: Closing): Promise<void> {
  const needed = (flag: string): string => {
    const value = context.flags.get(flag);
    if (value === undefined) throw new LockstepError("USAGE", `demo-node needs --${flag}`);
    return value;
  };
  const name = needed("node");
  const self = DEMO_NODES.find((node) => node.name === name);
  if (self === undefined) throw new LockstepError("USAGE", `the demo has no node ${name}`);
  const world = self.skew === undefined ? context.world : skewedWorld(context.world, self.skew);
  const rrd = join(needed("directory"), "rrd");
  const page = closing.add(await servePage(world, self));
  const config = nodeSettings({
    node: name,
    line: parseHostPort(needed("to")),
    time: parseHostPort(needed("time")),
    metricsUrl: page.url,
    rrd,
  });
  const log = context.openLog(config.log.level);
  closing.add(await startRrdFiles(world, log.child("demo"), rrd, DEMO_NODES.indexOf(self)));
  closing.add(composeSidecar({ world, log, metrics: createMetrics(), config: config.sidecar }));
}

async function servePage(
  { clock }: World,
  { name, dialect }: DemoNode,
): Promise<{ url: string; close(): Promise<void> }> {
  const startMs = clock.monotonicMs();
  const phase = DEMO_NODES.findIndex((node) => node.name === name);
  const server = createServer((_request, response) => {
    const uptimeSeconds = (clock.monotonicMs() - startMs) / 1000;
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(connectPage({ dialect, node: name, uptimeSeconds, phase }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
