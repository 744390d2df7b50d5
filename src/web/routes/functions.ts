/** `/functions`: what can be called in a target, for query editors. */
import { functionList } from "../../query/function-list.ts";
import { type GraphiteDependencies, graphiteJsonHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const functionsRoute: Route<GraphiteDependencies> = {
  paths: ["/functions"],
  methods: ["get"],
  access: "read",
  handler: () => graphiteJsonHandler(functionList),
};
