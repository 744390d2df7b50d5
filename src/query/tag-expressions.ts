/** What `seriesByTag` and the API of tags are asked with (tags/base.py). */
import { LockstepError } from "../core/errors.ts";
import { pythonRegex } from "../core/python-regex/regex.ts";
import type { TagExpression } from "../core/series-store.ts";

/**
 * `dc=a`, `dc!=a`, `dc=~a.*`, `dc!=~a.*`. One that the empty text satisfies lets series without the tag through; at
 * least one must not, or everything would be found.
 *
 * @throws LockstepError `QUERY_TAGS`.
 */
export function parseTagExpressions(specs: readonly string[]): TagExpression[] {
  const expressions = specs.map(parseTagExpression);
  if (expressions.every(acceptsMissing)) {
    throw new LockstepError(
      "QUERY_TAGS",
      `the tag expressions ${JSON.stringify(specs)} would find every series: at least one has to ask for a value, as in "name=cpu"`,
    );
  }
  return expressions;
}

function parseTagExpression(spec: string): TagExpression {
  const match = /^([^;!=]+)(!?=~?)([^;]*)$/.exec(spec);
  if (match === null) {
    throw new LockstepError(
      "QUERY_TAGS",
      `cannot read the tag expression "${spec}"; right would be tag=value, tag!=value, tag=~regex or tag!=~regex`,
    );
  }
  return { key: match[1]!, operator: match[2] as TagExpression["operator"], value: match[3]! };
}

function acceptsMissing({ operator, value }: TagExpression): boolean {
  if (operator === "=" || operator === "!=") return (value === "") === (operator === "=");
  return pythonRegex(value).match("") === (operator === "=~");
}
