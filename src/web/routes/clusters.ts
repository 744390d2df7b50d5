/** `/api/clusters`: all clusters with their nodes, clocks and blind times, as the cluster room sees them now. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const clustersRoute: Route<WebContext> = {
  paths: ["/api/clusters"],
  methods: ["get"],
  access: "read",
  handler:
    ({ world, snapshot }) =>
    (_request, response) => {
      response.json({ nowMs: world.clock.wallMs(), clusters: snapshot() });
    },
};
