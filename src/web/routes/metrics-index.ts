/** `/metrics/index.json`: every path there is. */
import { index } from "../../query/expand.ts";
import { type GraphiteDependencies, graphiteHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const metricsIndexRoute: Route<GraphiteDependencies> = {
  paths: ["/metrics/index.json"],
  methods: ["get", "post"],
  access: "read",
  handler: ({ query }) => graphiteHandler((parameters) => index(query, parameters)),
};
