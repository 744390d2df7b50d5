/** All routes of the web that need nothing but its context. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";
import { alertsRoute } from "./alerts.ts";
import { assetsRoute } from "./assets.ts";
import { clustersRoute } from "./clusters.ts";
import { deliveriesRoute } from "./deliveries.ts";
import { eventsRoute } from "./events.ts";
import { faviconRoute } from "./favicon.ts";
import { healthRoute } from "./health.ts";
import { healthzRoute } from "./healthz.ts";
import { metricsRoute } from "./metrics.ts";
import { nodeRoute } from "./node.ts";
import { overviewRoute } from "./overview.ts";
import { rejectsRoute } from "./rejects.ts";
import { seriesRoute } from "./series.ts";

export const WEB_ROUTES: readonly Route<WebContext>[] = [
  overviewRoute,
  nodeRoute,
  eventsRoute,
  clustersRoute,
  alertsRoute,
  deliveriesRoute,
  rejectsRoute,
  seriesRoute,
  healthRoute,
  metricsRoute,
  healthzRoute,
  assetsRoute,
  faviconRoute,
];
