/** `/version`: which graphite-web we answer like. Grafana offers tags and the function list from 1.1 on. */
import { GRAPHITE_VERSION } from "../../query/version.ts";
import { type GraphiteDependencies, graphiteHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const versionRoute: Route<GraphiteDependencies> = {
  paths: ["/version"],
  methods: ["get"],
  access: "read",
  handler: () => graphiteHandler(() => ({ status: 200, contentType: "text/plain", body: GRAPHITE_VERSION })),
};
