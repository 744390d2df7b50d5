/** `/tags/delSeries`: deletes series, with their values. */
import { deleteSeries } from "../../query/tags.ts";
import { type GraphiteDependencies, graphiteJsonHandler } from "../graphite.ts";
import type { Route } from "../route.ts";

export const tagsDelSeriesRoute: Route<GraphiteDependencies> = {
  paths: ["/tags/delSeries"],
  methods: ["post"],
  access: "admin",
  handler: ({ series }) => graphiteJsonHandler((parameters) => deleteSeries(series, parameters)),
};
