/** `/tags/autoComplete/values`: which values a tag has, while a query is typed. */
import { completeValues } from "../../query/tags.ts";
import { type GraphiteDependencies, graphiteJsonHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const tagsCompleteValuesRoute: Route<GraphiteDependencies> = {
  paths: ["/tags/autoComplete/values"],
  methods: ["get", "post"],
  access: "read",
  handler: ({ query }) => graphiteJsonHandler((parameters) => completeValues(query, parameters)),
};
