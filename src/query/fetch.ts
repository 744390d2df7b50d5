/** From a path, or from tag expressions, to series: asks the store, once per path and range of a request. */
import type { ColumnLease } from "../core/column-pool.ts";
import { LockstepError } from "../core/errors.ts";
import { pythonRegex } from "../core/python-regex/regex.ts";
import type { FetchedSeries, FoundSeries, TagExpression } from "../core/series-store.ts";
import { parseTaggedName } from "../core/tags.ts";
import type { Budget } from "./budget.ts";
import type { QueryEnvironment } from "./environment.ts";
import type { TimeRange } from "./function.ts";
import { newSeries, type TimeSeries } from "./series.ts";

/** What a request has fetched so far. */
export class FetchCache {
  readonly #environment: QueryEnvironment;
  readonly #budget: Budget;
  readonly #nowSeconds: number;
  readonly #columns: ColumnLease | undefined;
  readonly #fetched = new Map<string, Promise<readonly FetchedSeries[]>>();

  constructor(environment: QueryEnvironment, budget: Budget, nowSeconds: number, columns?: ColumnLease) {
    this.#environment = environment;
    this.#budget = budget;
    this.#nowSeconds = nowSeconds;
    this.#columns = columns;
  }

  /** Resolves when nothing that was asked for is still on its way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#fetched.values());
  }

  /** The series of a path, by name. */
  async byPath(path: string, range: TimeRange, xFilesFactor: number): Promise<TimeSeries[]> {
    return this.#series(path, range, xFilesFactor, () => this.#findPath(path));
  }

  /** The series that satisfy `seriesByTag(…)`, by name; the call is their path expression. */
  async byTags(
    source: string,
    specs: readonly string[],
    range: TimeRange,
    xFilesFactor: number,
  ): Promise<TimeSeries[]> {
    const expressions = parseTagExpressions(specs);
    return this.#series(source, range, xFilesFactor, () => this.#findTagged(expressions));
  }

  async #series(
    pathExpression: string,
    range: TimeRange,
    xFilesFactor: number,
    find: () => Promise<readonly FoundSeries[]>,
  ): Promise<TimeSeries[]> {
    const key = `${range.fromSeconds} ${range.untilSeconds} ${pathExpression}`;
    const fetching = this.#fetched.get(key) ?? this.#fetch(range, find);
    this.#fetched.set(key, fetching);
    return (await fetching).map(({ path, startSeconds, endSeconds, stepSeconds, values }) =>
      newSeries({ name: path, pathExpression, startSeconds, endSeconds, stepSeconds, values, xFilesFactor }),
    );
  }

  async #fetch(range: TimeRange, find: () => Promise<readonly FoundSeries[]>): Promise<readonly FetchedSeries[]> {
    const found = await find();
    this.#budget.takeSeries(found.length);
    const { reader } = this.#environment;
    const { fromSeconds, untilSeconds } = range;
    const fetched = await reader.fetch({
      series: found,
      fromSeconds,
      untilSeconds,
      nowSeconds: this.#nowSeconds,
      columns: this.#columns,
    });
    for (const { values } of fetched) this.#budget.takePoints(values.length);
    return fetched.toSorted((a, b) => compareNames(a.path, b.path));
  }

  async #findPath(path: string): Promise<readonly FoundSeries[]> {
    if (path.includes(";")) return this.#findTaggedName(path);
    const found = await this.#environment.reader.find({ pattern: path, limit: this.#environment.limits.findNodes });
    const leaves = new Map<string, FoundSeries>();
    for (const { path: leaf, id } of found) if (id !== undefined) leaves.set(leaf, { path: leaf, id });
    return [...leaves.values()];
  }

  /** `cpu;host=n1` names one tagged series: the one with these tags and no others. */
  async #findTaggedName(path: string): Promise<readonly FoundSeries[]> {
    const { metric, tags, canonical } = parseTaggedName(path);
    const expressions = [["name", metric] as const, ...tags].map(
      ([key, value]): TagExpression => ({ key, operator: "=", value }),
    );
    return (await this.#findTagged(expressions)).filter((series) => series.path === canonical);
  }

  #findTagged(expressions: readonly TagExpression[]): Promise<readonly FoundSeries[]> {
    const { reader, limits } = this.#environment;
    return reader.findTagged({ expressions, limit: limits.findNodes });
  }
}

function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

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
