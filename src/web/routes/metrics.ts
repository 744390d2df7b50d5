/**
 * `/metrics`: our own counters and gauges, for Prometheus. Graphite has a `/metrics` too, to find names by a pattern: who
 * brings a `query` wants that one (metrics-find.ts).
 */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";

export const metricsRoute: Route<WebContext> = {
  paths: ["/metrics"],
  methods: ["get"],
  access: "read",
  handler:
    ({ metricsPage }) =>
    async (request, response, next) => {
      if (request.query["query"] !== undefined) return next("route");
      const { contentType, text } = await metricsPage();
      response.set("Content-Type", contentType).send(text);
    },
};
