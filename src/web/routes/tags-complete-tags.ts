/** `/tags/autoComplete/tags`: which tags there are, while a query is typed. */
import { completeTags } from "../../query/tags.ts";
import { type GraphiteDependencies, graphiteJsonHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const tagsCompleteTagsRoute: Route<GraphiteDependencies> = {
  paths: ["/tags/autoComplete/tags"],
  methods: ["get", "post"],
  access: "read",
  handler: ({ query }) => graphiteJsonHandler((parameters) => completeTags(query, parameters)),
};
