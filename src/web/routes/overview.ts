/** `/`: how the clusters are, in five seconds. */
import { formatHostPort } from "../../core/options.ts";
import type { SocketAddress } from "../../core/world.ts";
import type { WebContext } from "../context.ts";
import { observe } from "../observed.ts";
import { type Page, pageRoute } from "../page.ts";
import { isLoopback } from "../security.ts";
import { overviewModel } from "../view-models/overview.ts";

export const overviewPage: Page = {
  name: "overview",
  path: "/",
  parameters: [],
  title: () => "Overview",
  model: async (context) => overviewModel(await observe(context)),
  extras: async (context) => ({ welcome: welcomeOf(context) }),
};

export const overviewRoute = pageRoute(overviewPage);

/** What to do while no node has been heard. */
interface Welcome {
  readonly command: string;
  /** Why the command would not do on another machine; empty when it does. */
  readonly hint: string;
}

function welcomeOf({ listening, world }: WebContext): Welcome {
  const { host, port } = listening.line;
  const here = isLoopback(host);
  return {
    command: `node dist/main.js sidecar --to ${formatHostPort({ host: reachable(listening.line, world.host.hostname), port })}`,
    hint: here
      ? `Lines are received at ${formatHostPort(listening.line)}, which only this machine reaches. For the nodes of a cluster start the aggregator with --line 0.0.0.0:${port} and give the sidecars this machine's name.`
      : "",
  };
}

/** An address to connect to, out of one to listen on. */
function reachable({ host }: SocketAddress, hostname: string): string {
  return host === "0.0.0.0" || host === "::" ? hostname : host;
}
