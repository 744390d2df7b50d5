/** `/functions/<name>`: one function's parameters and description. */
import { functionDetails } from "../../query/function-list.ts";
import { type GraphiteDependencies, graphiteJsonHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const functionDetailsRoute: Route<GraphiteDependencies> = {
  paths: ["/functions/:name"],
  methods: ["get"],
  access: "read",
  handler: () =>
    graphiteJsonHandler((parameters, _signal, request) => {
      const { name } = request.params;
      return functionDetails(String(name), parameters);
    }, 404),
};
