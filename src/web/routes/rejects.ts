/** `/api/rejects`: the latest lines that the receivers refused, with the reason, the newest first. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const rejectsRoute: Route<WebContext> = {
  paths: ["/api/rejects"],
  methods: ["get"],
  access: "read",
  handler:
    ({ world, rejects }) =>
    (_request, response) => {
      response.json({ nowMs: world.clock.wallMs(), rejects: rejects() });
    },
};
