/** `/api/health`: how this aggregator itself is: the store, the receivers, what waits, what it costs. */
import { formatHostPort } from "../../core/options.ts";
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const healthRoute: Route<WebContext> = {
  paths: ["/api/health"],
  methods: ["get"],
  access: "read",
  handler: (context) => (_request, response) => {
    response.json(healthOf(context));
  },
};

function healthOf(context: WebContext): object {
  const { world, version, live, openedAtMs, listening } = context;
  const store = context.storeStats();
  const clusters = context.snapshot();
  const alerts = context.alerts();
  const troubles = [
    ...(store.blocked === undefined ? [] : ["store_blocked"]),
    ...(store.damage.length === 0 ? [] : ["store_damage"]),
    ...clusters.flatMap(({ blind }) => (blind === undefined || blind === "settling" ? [] : [blind])),
  ];
  return {
    status: troubles.length === 0 ? "ok" : "degraded",
    troubles: [...new Set(troubles)],
    version,
    nowMs: world.clock.wallMs(),
    uptimeSeconds: Math.floor((world.clock.monotonicMs() - openedAtMs) / 1000),
    process: world.host.usage(),
    listening: Object.fromEntries(
      Object.entries(listening).flatMap(([what, at]) => (at === undefined ? [] : [[what, formatHostPort(at)]])),
    ),
    store,
    nodes: clusters.reduce((sum, { nodes }) => sum + nodes.length, 0),
    alertsFiring: alerts.filter(({ state }) => state === "firing").length,
    messagesWaiting: context.deliveries().waiting,
    liveBrowsers: live.browsers,
  };
}
