/** `/metrics/expand` and `/metrics/index.json`: paths instead of trees (metrics/views.py). */
import type { FoundNode } from "../core/series-store.ts";
import type { QueryEnvironment } from "./environment.ts";
import { type Answer, jsonValueAnswer, type RequestParameters, readTimeLimit } from "./request.ts";

/** The paths that each `query` finds, together or by query. */
export async function expand(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const leavesOnly = parameters.integer("leavesOnly", 0) !== 0;
  const groupByExpression = parameters.integer("groupByExpr", 0) !== 0;
  const times = readTimeLimit(environment, parameters);
  const byQuery = new Map<string, readonly string[]>();
  for (const query of parameters.all("query")) {
    const found = await environment.reader.find({ pattern: query, limit: environment.limits.findNodes, ...times });
    byQuery.set(query, sortedPaths(leavesOnly ? found.filter(({ id }) => id !== undefined) : found));
  }
  const results = groupByExpression ? Object.fromEntries(byQuery) : [...new Set([...byQuery.values()].flat())].sort();
  return jsonValueAnswer(parameters, { results });
}

/** Every series that has no tags. */
export async function index(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const times = readTimeLimit(environment, parameters);
  const found = await environment.reader.find({ pattern: "**", limit: environment.limits.findNodes, ...times });
  return jsonValueAnswer(parameters, sortedPaths(found.filter(({ id }) => id !== undefined)));
}

function sortedPaths(found: readonly FoundNode[]): string[] {
  return [...new Set(found.map(({ path }) => path))].sort();
}
