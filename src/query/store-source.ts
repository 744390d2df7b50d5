/** From a path, or from tag expressions, to series: what the store has. */
import type { ColumnLease } from "../core/column-pool.ts";
import type { FetchedSeries, FoundSeries, SeriesReader, TagExpression } from "../core/series-store.ts";
import { parseTaggedName } from "../core/tags.ts";
import type { Budget } from "./budget.ts";
import type { FoundPaths } from "./found-paths.ts";
import type { TimeRange } from "./function.ts";
import type { QueryLimits } from "./limits.ts";
import type { SeriesSource } from "./series-source.ts";
import { parseTagExpressions } from "./tag-expressions.ts";

export interface StoreSourceContext {
  readonly reader: SeriesReader;
  readonly limits: QueryLimits;
  readonly budget: Budget;
  readonly nowSeconds: number;
  /** Where fetched values may lie. */
  readonly columns?: ColumnLease | undefined;
  /** What searches found before. */
  readonly found?: FoundPaths | undefined;
}

export class StoreSource implements SeriesSource {
  readonly #context: StoreSourceContext;

  constructor(context: StoreSourceContext) {
    this.#context = context;
  }

  async byPath(path: string, range: TimeRange): Promise<readonly FetchedSeries[]> {
    const { reader, found } = this.#context;
    const generation = reader.generation();
    let series = found?.of(path, generation);
    if (series === undefined) {
      series = (await this.#findPath(path)).sort(byPath);
      found?.keep(path, generation, series);
    }
    return this.#fetch(series, range);
  }

  async byTags(specs: readonly string[], range: TimeRange): Promise<readonly FetchedSeries[]> {
    return this.#fetch([...(await this.#findTagged(parseTagExpressions(specs)))].sort(byPath), range);
  }

  async #fetch(series: readonly FoundSeries[], range: TimeRange): Promise<readonly FetchedSeries[]> {
    const { reader, budget, nowSeconds, columns } = this.#context;
    budget.takeSeries(series.length);
    const { fromSeconds, untilSeconds } = range;
    return reader.fetch({
      series,
      fromSeconds,
      untilSeconds,
      nowSeconds,
      columns,
      admit: (count, valuesOfEach) => budget.takeFetched(count, valuesOfEach),
    });
  }

  async #findPath(path: string): Promise<FoundSeries[]> {
    if (path.includes(";")) return this.#findTaggedName(path);
    const { reader, limits } = this.#context;
    const found = await reader.find({ pattern: path, limit: limits.findNodes });
    const leaves = new Map<string, FoundSeries>();
    for (const { path: leaf, id } of found) if (id !== undefined) leaves.set(leaf, { path: leaf, id });
    return [...leaves.values()];
  }

  /** `cpu;host=n1` names one tagged series: the one with these tags and no others. */
  async #findTaggedName(path: string): Promise<FoundSeries[]> {
    const { metric, tags, canonical } = parseTaggedName(path);
    const expressions = [["name", metric] as const, ...tags].map(
      ([key, value]): TagExpression => ({ key, operator: "=", value }),
    );
    return (await this.#findTagged(expressions)).filter((series) => series.path === canonical);
  }

  #findTagged(expressions: readonly TagExpression[]): Promise<readonly FoundSeries[]> {
    const { reader, limits } = this.#context;
    return reader.findTagged({ expressions, limit: limits.findNodes });
  }
}

function byPath({ path: a }: FoundSeries, { path: b }: FoundSeries): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
