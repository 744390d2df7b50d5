/** `/metrics/expand`: the paths that patterns find. */
import { expand } from "../../query/expand.ts";
import { type GraphiteDependencies, graphiteHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const metricsExpandRoute: Route<GraphiteDependencies> = {
  paths: ["/metrics/expand"],
  methods: ["get", "post"],
  access: "read",
  handler: ({ query }) => graphiteHandler((parameters) => expand(query, parameters)),
};
