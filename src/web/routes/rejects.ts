/** `/api/rejects`: what the receivers refused, by reason, with the latest of each; and the latest of all, the newest first. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const rejectsRoute: Route<WebContext> = {
  paths: ["/api/rejects"],
  methods: ["get"],
  access: "read",
  handler:
    ({ world, rejects }) =>
    (_request, response) => {
      const reasons = rejects();
      const latest = reasons.flatMap((reason) => reason.latest).sort((a, b) => b.wallMs - a.wallMs);
      response.json({ nowMs: world.clock.wallMs(), reasons, rejects: latest });
    },
};
