/** `/tags/findSeries` and `/tags/autoComplete`: tagged series and the tags they have (tags/views.py, tags/base.py). */
import { LockstepError } from "../core/errors.ts";
import type { TagExpression } from "../core/series-store.ts";
import type { QueryEnvironment } from "./environment.ts";
import { parseTagExpressions } from "./fetch.ts";
import { type Answer, jsonValueAnswer, type RequestParameters } from "./request.ts";
import { type Tags, tagsOfName } from "./series.ts";

const DEFAULT_LIMIT = 100;
/** Every tagged series has a name. */
const ANY_TAGGED: TagExpression = { key: "name", operator: "!=", value: "" };

/** The paths of the series that satisfy every `expr`. */
export async function findSeries(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const specs = parameters.list("expr");
  if (specs.length === 0) throw new LockstepError("QUERY_TAGS", "no tag expressions specified");
  return answer(parameters, await findPaths(environment, parseTagExpressions(specs)));
}

/** The tags, but for those asked about, of the series that satisfy every `expr`. */
export async function completeTags(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const specs = parameters.list("expr");
  const expressions = specs.length === 0 ? [ANY_TAGGED] : parseTagExpressions(specs);
  const used = new Set(specs.length === 0 ? [] : expressions.map(({ key }) => key));
  const prefix = parameters.get("tagPrefix") ?? "";
  return answer(
    parameters,
    await complete(environment, parameters, expressions, (tags) =>
      [...tags.keys()].filter((key) => !used.has(key) && key.startsWith(prefix)),
    ),
  );
}

/** The values that `tag` has in the series that satisfy every `expr`. */
export async function completeValues(environment: QueryEnvironment, parameters: RequestParameters): Promise<Answer> {
  const tag = parameters.get("tag") ?? "";
  if (tag === "") throw new LockstepError("QUERY_TAGS", "no tag specified");
  const expressions = [...parameters.list("expr"), `${tag}!=`];
  const prefix = parameters.get("valuePrefix") ?? "";
  return answer(
    parameters,
    await complete(environment, parameters, parseTagExpressions(expressions), (tags) => {
      const value = tags.get(tag);
      return value?.startsWith(prefix) === true ? [value] : [];
    }),
  );
}

async function complete(
  environment: QueryEnvironment,
  parameters: RequestParameters,
  expressions: readonly TagExpression[],
  wordsOf: (tags: Tags) => readonly string[],
): Promise<string[]> {
  const words = new Set<string>();
  for (const path of await findPaths(environment, expressions)) {
    for (const word of wordsOf(tagsOfName(path))) words.add(word);
  }
  return [...words].sort().slice(0, parameters.integer("limit", DEFAULT_LIMIT));
}

async function findPaths(environment: QueryEnvironment, expressions: readonly TagExpression[]): Promise<string[]> {
  const found = await environment.reader.findTagged({ expressions, limit: environment.limits.findNodes });
  return found.map(({ path }) => path).sort();
}

function answer(parameters: RequestParameters, words: readonly string[]): Answer {
  return jsonValueAnswer(parameters, words, true);
}
