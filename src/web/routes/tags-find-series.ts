/** `/tags/findSeries`: the series that satisfy tag expressions. */
import { findSeries } from "../../query/tags.ts";
import { type GraphiteDependencies, graphiteJsonHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const tagsFindSeriesRoute: Route<GraphiteDependencies> = {
  paths: ["/tags/findSeries"],
  methods: ["get", "post"],
  access: "read",
  handler: ({ query }) => graphiteJsonHandler((parameters) => findSeries(query, parameters)),
};
