import { aggregationOf } from "../aggregation.ts";
import { foldRows, meetingRange, type SteppedRange } from "../alignment.ts";
import { pathExpressions } from "../combine.ts";
import { consolidated } from "../consolidation.ts";
import { type Call, graphiteFunction } from "../function.ts";
import { groupKey, groupSeries } from "../naming.ts";
import {
  isNumber,
  isResult,
  type NodeOrTag,
  nodeOrTag,
  optional,
  type ParameterType,
  repeated,
  required,
  seriesList,
} from "../parameters.ts";
import { numberText, type PythonNumber } from "../python/number.ts";
import { newSeries, type SeriesList, type TimeSeries } from "../series.ts";

type Total = { readonly list: SeriesList } | { readonly number: PythonNumber };

const seriesOrNumber: ParameterType<Total> = {
  name: "any",
  expects: "series or a number",
  read(value) {
    if (isNumber(value)) return { number: value };
    const list = isResult(value) ? seriesList.read(value) : undefined;
    return list === undefined ? undefined : { list };
  },
};

export const asPercent = graphiteFunction({
  name: "asPercent",
  aliases: ["pct"],
  group: "Combine",
  description: `Each series as a percentage: of the sum of all, of a number, of one total series, or each of its own total, series and totals paired in the order of their names. With nodes or tags, they are paired by those, and without totals (None) the sum of each group is its total; what finds no partner gives nulls and MISSING in its name.

    asPercent(connect.prod.*.disk.used,connect.prod.*.disk.total,2)`,
  aggregator: true,
  parameters: {
    seriesList: required(seriesList),
    total: optional(seriesOrNumber),
    nodes: repeated(nodeOrTag, { atLeast: 0 }),
  },
  evaluate({ seriesList, total, nodes }, call) {
    if (seriesList.length === 0) return [];
    const work = new Work(call);
    work.meet(seriesList);
    if (nodes.length > 0) {
      if (total !== undefined && "number" in total) throw call.error("needs series, or None, as the total of nodes");
      return work.byNodes(seriesList, total?.list, nodes);
    }
    if (total === undefined) return work.ofSum(seriesList);
    return "number" in total ? work.ofNumber(seriesList, total.number) : work.ofSeries(seriesList, total.list);
  },
});

/**
 * graphite-web marks in every series how many of its values count as one, anew for each pair that is to meet at one
 * step; what was marked last holds for whatever reads the series after that.
 */
class Work {
  readonly #call: Call;
  readonly #valuesPerPoint = new Map<TimeSeries, number>();
  /** Of the series that met last: where a series without a partner is laid. */
  #range: SteppedRange | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  meet(list: SeriesList): SteppedRange {
    const range = meetingRange(list);
    for (const series of list) {
      this.#valuesPerPoint.set(series, Math.floor(range.stepSeconds / series.stepSeconds));
    }
    this.#range = range;
    return range;
  }

  ofSum(list: SeriesList): SeriesList {
    const totals = this.#sum(list);
    return list.map((series) => this.#percentage(series, `sumSeries(${pathExpressions(list)})`, totals, series));
  }

  ofNumber(list: SeriesList, total: PythonNumber): SeriesList {
    const totals = new Float64Array(list[0]!.values.length).fill(total.value);
    return list.map((series) => this.#percentage(series, numberText(total), totals, series));
  }

  ofSeries(list: SeriesList, totals: SeriesList): SeriesList {
    const [only] = totals;
    if (totals.length === list.length) {
      const sortedTotals = byName(totals);
      return byName(list).map((series, i) => this.#percentageOf(series, sortedTotals[i]!));
    }
    if (only === undefined || totals.length > 1) {
      throw this.#call.error(`needs one total or as many as series (${list.length}), and is given ${totals.length}`);
    }
    this.meet([...list, only]);
    return list.map((series) => this.#percentage(series, only.name, this.#column(only), series));
  }

  byNodes(list: SeriesList, totals: SeriesList | undefined, nodes: readonly NodeOrTag[]): SeriesList {
    const keyOf = (series: TimeSeries): string => groupKey(series, nodes);
    const groups = groupSeries(list, keyOf);
    const totalGroups = totals === undefined ? groups : groupSeries(totals, keyOf);
    const totalOf = new Map([...totalGroups].map(([key, group]) => [key, this.#total(group)]));
    const results: TimeSeries[] = [];
    for (const key of new Set([...groups.keys(), ...totalGroups.keys()])) {
      const total = totalOf.get(key);
      const group = groups.get(key);
      if (group === undefined) results.push(this.#missing(total!, `asPercent(MISSING,${total!.name})`));
      for (const series of group ?? []) {
        const missing = (): TimeSeries => this.#missing(series, `asPercent(${series.name},MISSING)`);
        results.push(total === undefined ? missing() : this.#percentageOf(series, total));
      }
    }
    return results;
  }

  /** The one series of a group, or the sum of its series. */
  #total(group: SeriesList): TimeSeries {
    if (group.length === 1) return group[0]!;
    const range = this.meet(group);
    const name = `sumSeries(${pathExpressions(group)})`;
    return newSeries({ ...range, name, values: this.#sum(group), xFilesFactor: this.#call.scope.xFilesFactor });
  }

  #sum(list: SeriesList): Float64Array {
    return foldRows(
      list.map((series) => this.#column(series)),
      aggregationOf("sum").of,
    );
  }

  #column(series: TimeSeries): Float64Array {
    return consolidated(series, this.#valuesPerPoint.get(series) ?? 1);
  }

  #percentageOf(series: TimeSeries, total: TimeSeries): TimeSeries {
    const range = this.meet([series, total]);
    return this.#percentage(series, total.name, this.#column(total), range);
  }

  #percentage(series: TimeSeries, total: string, totals: Float64Array, range: SteppedRange): TimeSeries {
    const values = foldRows([this.#column(series), totals], (row, from) =>
      row[from + 1] === 0 ? Number.NaN : (row[from]! / row[from + 1]!) * 100,
    );
    return this.#made(`asPercent(${series.name},${total})`, values, range);
  }

  #missing(series: TimeSeries, name: string): TimeSeries {
    return this.#made(name, new Float64Array(this.#column(series).length).fill(Number.NaN), this.#range ?? series);
  }

  #made(name: string, values: Float64Array, { startSeconds, endSeconds, stepSeconds }: SteppedRange): TimeSeries {
    const { xFilesFactor } = this.#call.scope;
    return newSeries({ name, startSeconds, endSeconds, stepSeconds, values, xFilesFactor });
  }
}

function byName(list: SeriesList): TimeSeries[] {
  return [...list].sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
}
