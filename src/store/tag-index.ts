/**
 * Tagged series by key and value, for `seriesByTag`.
 *
 * An expression that the empty value satisfies also holds for series without the tag; at least one expression must not
 * be of that kind, or it would select everything (graphite-web tags/localdatabase.py).
 */
import { LockstepError } from "../core/errors.ts";
import { pythonRegex } from "../core/python-regex/regex.ts";
import type { SeriesId, TagExpression } from "../core/series-store.ts";
import { parseTaggedName } from "../core/tags.ts";

export class TagIndex {
  /** key → value → ids in ascending order. The metric's own name is under the key `name`. */
  readonly #keys = new Map<string, Map<string, SeriesId[]>>();

  add(name: string, id: SeriesId): void {
    const { metric, tags } = parseTaggedName(name);
    this.#addPair("name", metric, id);
    for (const [key, value] of tags) this.#addPair(key, value, id);
  }

  remove(name: string, id: SeriesId): void {
    const { metric, tags } = parseTaggedName(name);
    this.#removePair("name", metric, id);
    for (const [key, value] of tags) this.#removePair(key, value, id);
  }

  #removePair(key: string, value: string, id: SeriesId): void {
    const values = this.#keys.get(key);
    const left = values?.get(value)?.filter((one) => one !== id);
    if (values === undefined || left === undefined) return;
    if (left.length > 0) values.set(value, left);
    else values.delete(value);
    if (values.size === 0) this.#keys.delete(key);
  }

  /**
   * Regular expressions are Python's, as graphite-web has them, and match at the beginning of the value.
   *
   * @throws LockstepError `STORE_TAG_QUERY` when the expressions select everything; `QUERY_REGEX` for one that is no
   * regular expression, `QUERY_REGEX_STEPS` for one that takes too long.
   */
  find(expressions: readonly TagExpression[]): Set<SeriesId> {
    const tests = expressions.map((expression) => ({ expression, holds: valueTest(expression) }));
    const selecting = tests.filter((test) => !test.holds(""));
    if (selecting.length === 0) {
      throw new LockstepError(
        "STORE_TAG_QUERY",
        "cannot select series by tags: at least one expression must require a tag",
      );
    }
    let found: Set<SeriesId> | undefined;
    for (const { expression, holds } of selecting) {
      const here = this.#idsWhere(expression.key, holds);
      found = found === undefined ? here : new Set([...found].filter((id) => here.has(id)));
    }
    for (const { expression, holds } of tests) {
      if (!holds("")) continue;
      const failing = this.#idsWhere(expression.key, (value) => !holds(value));
      found = new Set([...found!].filter((id) => !failing.has(id)));
    }
    return found!;
  }

  #addPair(key: string, value: string, id: SeriesId): void {
    const values = this.#keys.get(key) ?? new Map<string, SeriesId[]>();
    this.#keys.set(key, values);
    const ids = values.get(value);
    if (ids === undefined) values.set(value, [id]);
    else ids.push(id);
  }

  #idsWhere(key: string, holds: (value: string) => boolean): Set<SeriesId> {
    const found = new Set<SeriesId>();
    for (const [value, ids] of this.#keys.get(key) ?? []) if (holds(value)) for (const id of ids) found.add(id);
    return found;
  }
}

function valueTest(expression: TagExpression): (value: string) => boolean {
  const { operator, value: wanted } = expression;
  if (operator === "=") return (value) => value === wanted;
  if (operator === "!=") return (value) => value !== wanted;
  const pattern = pythonRegex(wanted);
  return operator === "=~" ? (value) => pattern.match(value) : (value) => !pattern.match(value);
}
