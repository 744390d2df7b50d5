/** `/healthz`: that this process answers, for load balancers and supervisors; nothing else about it. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const healthzRoute: Route<WebContext> = {
  paths: ["/healthz"],
  methods: ["get"],
  access: "public",
  handler: () => (_request, response) => {
    response.type("text").send("ok\n");
  },
};
