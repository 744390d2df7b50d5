/** `/tags/…`: tagged series and the tags they have (tags/views.py, tags/base.py). */
import { LockstepError } from "../core/errors.ts";
import type { SeriesStore, TagExpression } from "../core/series-store.ts";
import { parseTaggedName } from "../core/tags.ts";
import type { QueryEnvironment } from "./environment.ts";
import { type Answer, jsonValueAnswer, type RequestParameters, readTimeLimit } from "./request.ts";
import { parseTagExpressions } from "./tag-expressions.ts";

/** What deleting needs of the store. */
export type SeriesDeletion = Pick<SeriesStore, "names" | "delete">;

const DEFAULT_LIMIT = 100;

/** The paths of the series that satisfy every `expr`. */
export async function findSeries(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const specs = parameters.list("expr");
  if (specs.length === 0) throw new LockstepError("QUERY_TAGS", "no tag expressions specified");
  return answer(parameters, await findPaths(environment, parameters, parseTagExpressions(specs)));
}

/** The tags, but for those asked about, of the series that satisfy every `expr`. */
export async function completeTags(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const expressions = readExpressions(parameters);
  const used = new Set(expressions.map(({ key }) => key));
  const prefix = parameters.get("tagPrefix") ?? "";
  const keys = await environment.reader.tagWords({ prefix, expressions, ...readTimeLimit(environment, parameters) });
  return answerWords(
    parameters,
    keys.filter((key) => !used.has(key)),
  );
}

/** The values that `tag` has in the series that satisfy every `expr`. */
export async function completeValues(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const key = parameters.get("tag") ?? "";
  if (key === "") throw new LockstepError("QUERY_TAGS", "no tag specified");
  const specs = parameters.list("expr");
  // The tag itself is required: that is enough for expressions which series without any of their tags satisfy.
  const expressions = specs.length === 0 ? [] : parseTagExpressions([...specs, `${key}!=`]);
  const prefix = parameters.get("valuePrefix") ?? "";
  const times = readTimeLimit(environment, parameters);
  return answerWords(parameters, await environment.reader.tagWords({ key, prefix, expressions, ...times }));
}

function readExpressions(parameters: RequestParameters): readonly TagExpression[] {
  const specs = parameters.list("expr");
  return specs.length === 0 ? [] : parseTagExpressions(specs);
}

function answerWords(parameters: RequestParameters, words: readonly string[]): Answer {
  return answer(parameters, words.toSorted().slice(0, parameters.integer("limit", DEFAULT_LIMIT)));
}

async function findPaths(
  environment: QueryEnvironment,
  parameters: RequestParameters,
  expressions: readonly TagExpression[],
): Promise<string[]> {
  const times = readTimeLimit(environment, parameters);
  const found = await environment.reader.findTagged({ expressions, limit: environment.limits.findNodes, ...times });
  return found.map(({ path }) => path).sort();
}

function answer(parameters: RequestParameters, words: readonly string[]): Answer {
  return jsonValueAnswer(parameters, words, true);
}

/** Deletes the series named by `path`, whatever the order of their tags. Those that are not there are as good as deleted. */
export async function deleteSeries(store: SeriesDeletion, parameters: RequestParameters): Promise<Answer> {
  const paths = parameters.list("path");
  if (paths.length === 0) throw new LockstepError("QUERY_TAGS", "no path specified");
  const ids = paths.map((path) => store.names.idOfName(parseTaggedName(path).canonical));
  await store.delete(ids.filter((id) => id >= 0));
  return jsonValueAnswer(parameters, true);
}
