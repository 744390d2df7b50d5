import { pythonRegex } from "../../core/python-regex/regex.ts";
import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList, string } from "../parameters.ts";
import { formatPercent } from "../python/percent-format.ts";
import type { TimeSeries } from "../series.ts";

export const aliasQuery = graphiteFunction({
  name: "aliasQuery",
  group: "Alias",
  description: `Names each series by the last value of another, whose name comes out when a regular expression (Python's) replaces a part of this one's; \`newName\` has a place for it, as in printf.

    aliasQuery(connect.prod.*.cpu,"cpu$","build","build %d")`,
  parameters: {
    seriesList: required(seriesList),
    search: required(string),
    replace: required(string),
    newName: required(string),
  },
  async evaluate({ seriesList, search, replace, newName }, call) {
    const rename = pythonRegex(search).replacer(replace);
    const results: TimeSeries[] = [];
    for (const series of seriesList) {
      const query = rename(series.name);
      const [found] = await call.evaluateTarget(query);
      if (found === undefined) throw call.error(`finds no series with the query ${query}`);
      const value = aggregateAll(aggregationOf("last"), found.values);
      if (Number.isNaN(value)) throw call.error(`finds no value in the series ${found.name}`);
      results.push({ ...series, name: formatPercent(newName, { value, integer: found.integers }) });
    }
    return results;
  },
});
