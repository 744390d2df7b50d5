/** `/metrics/find`, and `/metrics` for the same: the nodes of the name tree that a pattern finds. */
import { find } from "../../query/find.ts";
import { type GraphiteDependencies, graphiteHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const metricsFindRoute: Route<GraphiteDependencies> = {
  paths: ["/metrics/find", "/metrics"],
  methods: ["get", "post"],
  access: "read",
  handler: ({ query }) => graphiteHandler((parameters) => find(query, parameters)),
};
