/** `/metrics`: our own counters and gauges, for Prometheus. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const metricsRoute: Route<WebContext> = {
  paths: ["/metrics"],
  methods: ["get"],
  access: "read",
  handler:
    ({ metricsPage }) =>
    async (_request, response) => {
      const { contentType, text } = await metricsPage();
      response.set("Content-Type", contentType).send(text);
    },
};
