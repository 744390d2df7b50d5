/** `/node/CLUSTER/NODE`: everything about one node. `?from=now-6h&to=now` is the range of its charts. */
import type { Request } from "express";
import type { WebContext } from "../context.ts";
import { observe } from "../observed.ts";
import { type Page, type PageParameters, pageRoute } from "../page.ts";
import { PRESETS, parseRange } from "../time-range.ts";
import { seriesRoot } from "../view-models/names.ts";
import { nodeModel, nodeSeries } from "../view-models/node.ts";

export const nodePage: Page = {
  name: "node",
  path: "/node/:cluster/:node",
  parameters: ["cluster", "node"],
  title: ({ node, cluster }) => `${node} in ${cluster}`,
  async model(context, { cluster, node: name }) {
    const input = await observe(context);
    const snapshot = input.clusters.find((one) => one.cluster === cluster);
    const node = snapshot?.nodes.find((one) => one.node === name);
    if (snapshot === undefined || node === undefined) return undefined;
    const futurePoints = context.futurePoints(snapshot.cluster, node.node);
    return nodeModel({ ...input, snapshot, node, futurePoints });
  },
  extras: async (context, parameters, request) => ({
    range: rangeOf(request, context.world.clock.wallMs()),
    series: await seriesOf(context, parameters),
  }),
};

export const nodeRoute = pageRoute(nodePage);

async function seriesOf({ readings }: WebContext, { cluster, node }: PageParameters): Promise<object> {
  const root = `${seriesRoot(cluster!, node!)}.`;
  const names = await readings.names(`${root}**`);
  // A name with a star in it would find others too.
  return nodeSeries(
    cluster!,
    node!,
    names.filter((name) => name.startsWith(root)),
  );
}

/** The range, and the links to others. */
function rangeOf(request: Request, nowMs: number): object {
  const { from, to } = parseRange(request.query["from"], request.query["to"], nowMs);
  const presets = PRESETS.map((preset) => ({
    label: preset,
    from: `now-${preset}`,
    href: `?from=now-${preset}&to=now`,
    current: to === "now" && from === `now-${preset}`,
  }));
  return { from, to, presets, custom: !presets.some(({ current }) => current) };
}
