/** Many series → one, by an aggregation: what `aggregate` and all its relatives do (functions.py `aggregate`). */
import { aggregationOf, integersAfter } from "./aggregation.ts";
import { aggregateRows, align } from "./alignment.ts";
import { newSeries, type SeriesList, type Tags, type TimeSeries } from "./series.ts";

/** One series, or none when there are none to combine. `aggregation` is the name as it was written: it shows in name and tags. */
export function combineSeries(list: SeriesList, aggregation: string, xFilesFactor: number): TimeSeries[] {
  const alignment = align(list);
  if (alignment === undefined) return [];
  const name = `${aggregation}Series(${pathExpressions(list)})`;
  const by = aggregationOf(aggregation);
  const { startSeconds, endSeconds, stepSeconds } = alignment;
  return [
    newSeries({
      name,
      startSeconds,
      endSeconds,
      stepSeconds,
      values: aggregateRows(alignment, by, xFilesFactor),
      integers: integersAfter(by, alignment.integers),
      tags: combinedTags(list, name, aggregation),
      xFilesFactor,
    }),
  ];
}

/** `a.*,b.c`: each path expression once. */
export function pathExpressions(list: SeriesList): string {
  return [...new Set(list.map((series) => series.pathExpression))].join(",");
}

/** What all series have in common, the name if nothing else, and how they were aggregated. */
function combinedTags(list: SeriesList, name: string, aggregation: string): Tags {
  const [first, ...rest] = list;
  const common = new Map([...first!.tags].filter(([key, value]) => rest.every(({ tags }) => tags.get(key) === value)));
  if (!common.has("name")) common.set("name", name);
  return common.set("aggregatedBy", aggregation);
}
