/** `/api/deliveries`: how many messages wait, and the latest attempts to deliver one, the newest first. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const deliveriesRoute: Route<WebContext> = {
  paths: ["/api/deliveries"],
  methods: ["get"],
  access: "read",
  handler:
    ({ world, deliveries }) =>
    (_request, response) => {
      response.json({ nowMs: world.clock.wallMs(), ...deliveries() });
    },
};
