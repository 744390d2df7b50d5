import { graphiteFunction } from "../function.ts";
import { groupSeries } from "../naming.ts";
import { aggregationOrFunctionName, repeated, required, seriesList, tag } from "../parameters.ts";
import { renamed, type SeriesList, type TimeSeries, tagsOfPath } from "../series.ts";

export const groupByTags = graphiteFunction({
  name: "groupByTags",
  group: "Combine",
  description: `Combines the series that have the values of some tags in common, by an aggregation or a combining function. A result has these tags, and the name that all series share, or that of the callback.

    seriesByTag("name=disk.used")|groupByTags("sum","node")`,
  parameters: {
    seriesList: required(seriesList),
    callback: required(aggregationOrFunctionName),
    tags: repeated(tag),
  },
  async evaluate({ seriesList, callback, tags }, call) {
    const name = tags.includes("name") ? undefined : commonName(seriesList, callback);
    const results: TimeSeries[] = [];
    for (const [key, group] of groupSeries(seriesList, (series) => tagKey(series, name, tags))) {
      results.push(renamed(await call.combine(callback, group), key, { tags: tagsOfPath(key) }));
    }
    return results;
  },
});

function commonName(list: SeriesList, callback: string): string {
  const names = new Set(list.map(({ tags }) => tags.get("name")));
  const [only] = names;
  return names.size === 1 && only !== undefined ? only : callback;
}

/** The path of the group: `disk.used;node=n1`. */
function tagKey({ tags }: TimeSeries, name: string | undefined, keys: readonly string[]): string {
  const pairs = keys.filter((key) => key !== "name").map((key) => `${key}=${tags.get(key) ?? ""}`);
  return [name ?? tags.get("name") ?? "", ...pairs.sort()].join(";");
}
