/** `/render`: the values of targets over a range. */
import { render } from "../../query/render.ts";
import { type GraphiteDependencies, graphiteHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const renderRoute: Route<GraphiteDependencies> = {
  paths: ["/render"],
  methods: ["get", "post"],
  access: "read",
  handler: ({ query }) => graphiteHandler((parameters, signal) => render(query, parameters, signal)),
};
