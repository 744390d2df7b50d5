/**
 * Tagged series by key and value, for `seriesByTag` and for what is offered while a query is typed.
 *
 *     key ─► value ─► posting: the ids of the series that have it, ascending       (a lone id stands for itself)
 *
 * A series has one value of a key at most, so the postings of a key have no id in common. A search begins with the
 * expression that the fewest ids satisfy, and holds these against the postings of the others.
 *
 * An expression that the empty value satisfies also holds for series without the tag; at least one expression must not
 * be of that kind, or it would select everything (graphite-web tags/localdatabase.py).
 */
import { LockstepError } from "../core/errors.ts";
import { pythonRegex } from "../core/python-regex/regex.ts";
import type { FoundSeries, SeriesId, TagExpression } from "../core/series-store.ts";
import { parseTaggedName } from "../core/tags.ts";
import { type Posting, PostingList, postingIds } from "./posting.ts";

type Values = Map<string, Posting>;

/** Postings without a common id: one expression's. */
interface Selection {
  readonly postings: readonly Posting[];
  readonly total: number;
}

export class TagIndex {
  /** The metric's own name is under the key `name`. */
  readonly #keys = new Map<string, Values>();

  get memoryBytes(): number {
    let bytes = 0;
    for (const values of this.#keys.values()) {
      for (const posting of values.values()) bytes += typeof posting === "number" ? 0 : posting.memoryBytes;
    }
    return bytes;
  }

  /** Ids have to come in ascending order. */
  add(name: string, id: SeriesId): void {
    for (const [key, value] of pairsOf(name)) {
      let values = this.#keys.get(key);
      if (values === undefined) {
        values = new Map();
        this.#keys.set(key, values);
      }
      const posting = values.get(value);
      if (posting === undefined) values.set(value, id);
      else if (typeof posting === "number") values.set(value, new PostingList(posting, id));
      else posting.add(id);
    }
  }

  /** Removes series: each posting that they are in is gone through once. */
  remove(series: readonly FoundSeries[]): void {
    const gone = new Map<string, Map<string, SeriesId[]>>();
    for (const { path, id } of series) {
      for (const [key, value] of pairsOf(path)) {
        const values = gone.get(key) ?? new Map<string, SeriesId[]>();
        gone.set(key, values);
        const ids = values.get(value);
        if (ids === undefined) values.set(value, [id]);
        else ids.push(id);
      }
    }
    for (const [key, values] of gone) {
      for (const [value, ids] of values) this.#removeIds(key, value, ids);
    }
  }

  #removeIds(key: string, value: string, ids: readonly SeriesId[]): void {
    const values = this.#keys.get(key);
    const posting = values?.get(value);
    if (values === undefined || posting === undefined) return;
    const left = typeof posting === "number" ? (ids.includes(posting) ? 0 : 1) : posting.remove(ids);
    if (left > 0) return;
    values.delete(value);
    if (values.size === 0) this.#keys.delete(key);
  }

  /**
   * The ids of the series that satisfy all expressions, ascending. Regular expressions are Python's, as graphite-web has
   * them, and match at the beginning of the value.
   *
   * @throws LockstepError `STORE_TAG_QUERY` when the expressions select everything; `QUERY_REGEX` for one that is no
   * regular expression, `QUERY_REGEX_STEPS` for one that takes too long.
   */
  find(expressions: readonly TagExpression[]): Int32Array {
    const wanted: Selection[] = [];
    const unwanted: Selection[] = [];
    for (const expression of expressions) {
      const holds = valueTest(expression);
      if (holds("")) unwanted.push(this.#select(expression.key, (value) => !holds(value)));
      else if (expression.operator === "=") wanted.push(this.#selectOne(expression.key, expression.value));
      else wanted.push(this.#select(expression.key, holds));
    }
    if (wanted.length === 0) {
      throw new LockstepError(
        "STORE_TAG_QUERY",
        "cannot select series by tags: at least one expression must require a tag",
      );
    }
    wanted.sort((a, b) => a.total - b.total);
    let ids = union(wanted[0]!);
    for (const selection of wanted.slice(1)) ids = narrowed(ids, selection, true);
    for (const selection of unwanted) ids = narrowed(ids, selection, false);
    return ids;
  }

  /** The keys that series have; of these series only, if they are given. */
  keys(among: Int32Array | undefined, wanted: (key: string) => boolean): string[] {
    const isAmong = among && membership(among);
    return [...this.#keys.keys()].filter((key) => {
      if (!wanted(key)) return false;
      if (isAmong === undefined) return true;
      for (const posting of this.#keys.get(key)!.values()) if (postingIds(posting).some(isAmong)) return true;
      return false;
    });
  }

  /** The values that a key has; in these series only, if they are given. */
  values(key: string, among: Int32Array | undefined, wanted: (value: string) => boolean): string[] {
    const isAmong = among && membership(among);
    const found: string[] = [];
    for (const [value, posting] of this.#keys.get(key) ?? []) {
      if (wanted(value) && (isAmong === undefined || postingIds(posting).some(isAmong))) found.push(value);
    }
    return found;
  }

  #selectOne(key: string, value: string): Selection {
    const posting = this.#keys.get(key)?.get(value);
    return selectionOf(posting === undefined ? [] : [posting]);
  }

  #select(key: string, holds: (value: string) => boolean): Selection {
    const postings: Posting[] = [];
    for (const [value, posting] of this.#keys.get(key) ?? []) if (holds(value)) postings.push(posting);
    return selectionOf(postings);
  }
}

function* pairsOf(name: string): Generator<readonly [key: string, value: string]> {
  const { metric, tags } = parseTaggedName(name);
  yield ["name", metric];
  yield* tags;
}

function selectionOf(postings: readonly Posting[]): Selection {
  let total = 0;
  for (const posting of postings) total += typeof posting === "number" ? 1 : posting.length;
  return { postings, total };
}

function union({ postings, total }: Selection): Int32Array {
  const ids = new Int32Array(total);
  let length = 0;
  for (const posting of postings) {
    if (typeof posting === "number") ids[length++] = posting;
    else {
      ids.set(posting.ids, length);
      length += posting.length;
    }
  }
  return postings.length > 1 ? ids.sort() : ids;
}

/** Those of the ids that are in the selection, or those that are not. */
function narrowed(ids: Int32Array, selection: Selection, within: boolean): Int32Array {
  if (ids.length === 0) return ids;
  const hit = new Uint8Array(ids.length);
  for (const posting of selection.postings) markHits(ids, posting, hit);
  return ids.filter((_, i) => (hit[i] === 1) === within);
}

/** Marks which ids are in a posting: steps through the shorter of the two and jumps in the longer. */
function markHits(ids: Int32Array, posting: Posting, hit: Uint8Array): void {
  const other = postingIds(posting);
  const short = other.length < ids.length ? other : ids;
  const long = short === ids ? other : ids;
  let at = 0;
  for (let i = 0; i < short.length; i++) {
    at = jump(long, at, short[i]!);
    if (at === long.length) return;
    if (long[at] === short[i]) hit[short === ids ? i : at] = 1;
  }
}

/** The first place from `from` on with an id ≥ `wanted`, by steps that double, then by halves. */
function jump(ids: Int32Array, from: number, wanted: number): number {
  let step = 1;
  let low = from;
  while (low + step < ids.length && ids[low + step]! < wanted) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, ids.length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function membership(ids: Int32Array): (id: SeriesId) => boolean {
  const last = ids.at(-1) ?? -1;
  const bits = new Uint8Array((last >> 3) + 1);
  for (const id of ids) bits[id >> 3]! |= 1 << (id & 7);
  return (id) => id <= last && (bits[id >> 3]! & (1 << (id & 7))) !== 0;
}

function valueTest(expression: TagExpression): (value: string) => boolean {
  const { operator, value: wanted } = expression;
  if (operator === "=") return (value) => value === wanted;
  if (operator === "!=") return (value) => value !== wanted;
  const pattern = pythonRegex(wanted);
  return operator === "=~" ? (value) => pattern.match(value) : (value) => !pattern.match(value);
}
