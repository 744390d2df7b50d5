/** `/api/alerts`: all alerts, pending and lately resolved ones too. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const alertsRoute: Route<WebContext> = {
  paths: ["/api/alerts"],
  methods: ["get"],
  access: "read",
  handler:
    ({ world, alerts }) =>
    (_request, response) => {
      response.json({ nowMs: world.clock.wallMs(), alerts: alerts() });
    },
};
