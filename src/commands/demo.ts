/** `lockstep demo`: a cluster of three simulated nodes, one of which has a wrong clock, and one of which dies and returns. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockstepError } from "../core/errors.ts";
import { formatHostPort } from "../core/options.ts";
import { createMetrics } from "../exporters/prometheus.ts";
import type { Command, CommandContext } from "./command.ts";
import { Closing } from "./compose/closing.ts";
import { runAggregator } from "./compose/run-aggregator.ts";
import { type NodeProcess, startNodeProcess } from "./demo/node-process.ts";
import { DEMO_NODES } from "./demo/nodes.ts";
import { aggregatorSettings } from "./demo/settings.ts";
import { startWebhookReceiver } from "./demo/webhook-receiver.ts";
import { stopped } from "./stopped.ts";

const DEFAULT_PAGES = "127.0.0.1:8484";
/** What happens to the node that dies: again and again, for whoever comes late. */
const ALIVE_MS = 25_000;
const DEAD_MS = 30_000;
const ALIVE_AGAIN_MS = 240_000;

export const demo: Command = {
  name: "demo",
  summary: "A cluster of three simulated nodes: one has a fast clock, one dies and returns.",
  help: `
Starts an aggregator and three processes that each pretend to be a node of Posit Connect: with RRD files, a page of
metrics and a sidecar. The clock of n2 is two seconds fast and gains 200 ppm; n3 is killed after ${ALIVE_MS / 1000} s, and returns
${DEAD_MS / 1000} s later. Alerts go to a webhook that shows them here. Nothing stays behind when it is stopped.
`,
  flags: {
    http: { value: "HOST:PORT", help: `Where the pages are served. Default: ${DEFAULT_PAGES}.` },
  },
  async run(context) {
    const closing = new Closing();
    try {
      await play(context, closing);
    } finally {
      await closing.run();
    }
    return 0;
  },
};

async function play(context: CommandContext, closing: Closing): Promise<void> {
  const { world, version, flags } = context;
  const say = (line: string): void => context.print(`${new Date(world.clock.wallMs()).toISOString()}  ${line}\n`);
  const directory = await mkdtemp(join(tmpdir(), "lockstep-demo-"));
  closing.add({ close: () => rm(directory, { recursive: true }) });
  const webhook = closing.add(await startWebhookReceiver(say));
  const config = aggregatorSettings({
    directory: join(directory, "aggregator"),
    web: flags.get("http") ?? DEFAULT_PAGES,
    webhookUrl: webhook.url,
  });
  const metrics = createMetrics({ processMetrics: true });
  const { aggregator, web } = closing.add(
    await runAggregator({ world, log: context.openLog("error"), metrics, config, version }),
  );
  const { line, time } = aggregator.addresses;
  const startNode = (node: string): NodeProcess =>
    startNodeProcess({ program: context.program, node, directory: join(directory, node), line, time });
  const nodes = new Map(DEMO_NODES.map(({ name }) => [name, startNode(name)]));
  closing.add({ close: () => stopAll([...nodes.values()]) });

  context.print(`\n  Lockstep ${version}, demo: http://${formatHostPort(web.address)}/\n\n`);
  for (const { name, story } of DEMO_NODES) context.print(`  ${name}  ${story}\n`);
  context.print("\n");

  const mortal = DEMO_NODES.find(({ dies }) => dies)!.name;
  const pause = async (ms: number): Promise<boolean> => {
    const goesOn = await unlessStopped(context, ms);
    const dead = [...nodes.values()].filter((node) => !node.alive());
    if (goesOn && dead.length > 0)
      throw new LockstepError("DEMO_NODE", `${dead.map(({ node }) => node).join(", ")} has ended by itself`);
    return goesOn;
  };
  for (let aliveMs = ALIVE_MS; await pause(aliveMs); aliveMs = ALIVE_AGAIN_MS) {
    say(`${mortal} is killed`);
    await nodes.get(mortal)!.kill();
    nodes.delete(mortal);
    if (!(await pause(DEAD_MS))) break;
    say(`${mortal} is started again`);
    nodes.set(mortal, startNode(mortal));
  }
}

async function stopAll(nodes: readonly NodeProcess[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
}

/** Waits; whether it may go on. */
function unlessStopped(context: CommandContext, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = context.world.timers.after(ms, () => resolve(true));
    void stopped(context).then(() => {
      timer.cancel();
      resolve(false);
    });
  });
}
