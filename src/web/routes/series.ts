/**
 * `/api/series?name=…&name=…&from=now-1h&until=now&points=600`: series as columns for a chart (columns.ts). Names are
 * names, not patterns: for expressions there is `/render`.
 */
import type { Request } from "express";
import { isGlob } from "../../core/glob.ts";
import { LIMITS } from "../../core/limits.ts";
import { type ColumnsQuery, readColumns } from "../columns.ts";
import type { WebContext } from "../context.ts";
import { RequestError } from "../request-error.ts";
import type { Route } from "../route.ts";
import { parseRange } from "../time-range.ts";

const DEFAULT_POINTS = 600;

export const seriesRoute: Route<WebContext> = {
  paths: ["/api/series"],
  methods: ["get"],
  access: "read",
  handler:
    ({ query, world }) =>
    async (request, response) => {
      response.json(await readColumns(query.reader, readQuery(request, world.clock.wallMs())));
    },
};

function readQuery({ query }: Request, nowMs: number): ColumnsQuery {
  const { fromMs, toMs } = parseRange(query["from"], query["until"], nowMs);
  const points = query["points"] === undefined ? DEFAULT_POINTS : Number(query["points"]);
  if (!Number.isInteger(points) || points < 1 || points > LIMITS.chartPoints) {
    throw new RequestError(400, `points is a whole number from 1 to ${LIMITS.chartPoints}`);
  }
  return {
    names: readNames(query["name"]),
    fromSeconds: Math.floor(fromMs / 1000),
    untilSeconds: Math.floor(toMs / 1000),
    nowSeconds: Math.floor(nowMs / 1000),
    points,
  };
}

function readNames(given: unknown): readonly string[] {
  const names = (Array.isArray(given) ? given : [given]).filter((name) => typeof name === "string" && name !== "");
  if (names.length === 0)
    throw new RequestError(400, "name is missing; right would be name=connect.prod.n1.host.load.1min");
  if (names.length > LIMITS.chartSeries)
    throw new RequestError(400, `at most ${LIMITS.chartSeries} names fit into a chart`);
  const pattern = names.find((name) => name.length > LIMITS.nameBytes || isGlob(name));
  if (pattern !== undefined) {
    throw new RequestError(
      400,
      `${JSON.stringify(pattern.slice(0, 200))} is not the name of a series; patterns go to /render`,
    );
  }
  return [...new Set<string>(names)];
}
