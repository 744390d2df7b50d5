/** The routes of the Graphite HTTP API, for the application to mount. */
import type { GraphiteDependencies } from "./graphite.ts";
import type { Route } from "./route.ts";
import { functionDetailsRoute } from "./routes/function-details.ts";
import { functionsRoute } from "./routes/functions.ts";
import { metricsExpandRoute } from "./routes/metrics-expand.ts";
import { metricsFindRoute } from "./routes/metrics-find.ts";
import { metricsIndexRoute } from "./routes/metrics-index.ts";
import { renderRoute } from "./routes/render.ts";
import { tagsCompleteTagsRoute } from "./routes/tags-complete-tags.ts";
import { tagsCompleteValuesRoute } from "./routes/tags-complete-values.ts";
import { tagsDelSeriesRoute } from "./routes/tags-del-series.ts";
import { tagsFindSeriesRoute } from "./routes/tags-find-series.ts";
import { versionRoute } from "./routes/version.ts";

export const GRAPHITE_ROUTES: readonly Route<GraphiteDependencies>[] = [
  renderRoute,
  metricsFindRoute,
  metricsExpandRoute,
  metricsIndexRoute,
  tagsFindSeriesRoute,
  tagsDelSeriesRoute,
  tagsCompleteTagsRoute,
  tagsCompleteValuesRoute,
  functionsRoute,
  functionDetailsRoute,
  versionRoute,
];
