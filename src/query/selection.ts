/** Series by one value of each: what the filters, the sorts and highest/lowest share. */
import { aggregateAll, aggregationOf } from "./aggregation.ts";
import type { SeriesList, TimeSeries } from "./series.ts";

/** A series without a value is kept by `!=`, `<` and `<=`, and by no other. */
export const OPERATORS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  "=": (value, threshold) => value === threshold,
  "!=": (value, threshold) => value !== threshold,
  ">": (value, threshold) => value > threshold,
  ">=": (value, threshold) => value >= threshold,
  "<": (value, threshold) => !(value >= threshold),
  "<=": (value, threshold) => !(value > threshold),
};

export function keepWhere(list: SeriesList, aggregation: string, operator: string, threshold: number): SeriesList {
  const by = aggregationOf(aggregation);
  const holds = OPERATORS[operator]!;
  return list.filter((series) => holds(aggregateAll(by, series.values), threshold));
}

/** Ascending, or descending; equal ones stay in their order. A series without a value comes as if at minus infinity. */
export function sortByValue(list: SeriesList, aggregation: string, descending: boolean): TimeSeries[] {
  const by = aggregationOf(aggregation);
  const keyed = list.map((series) => {
    const value = aggregateAll(by, series.values);
    return { series, key: Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value };
  });
  return sortKeyed(keyed, descending);
}

/** Stable in both directions, as Python's sort with `reverse`. */
export function sortKeyed<K extends number | string>(
  keyed: { readonly series: TimeSeries; readonly key: K }[],
  descending: boolean,
): TimeSeries[] {
  const sign = descending ? -1 : 1;
  return keyed.sort((a, b) => (a.key === b.key ? 0 : sign * (a.key < b.key ? -1 : 1))).map(({ series }) => series);
}
