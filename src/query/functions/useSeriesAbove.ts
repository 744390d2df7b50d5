import { pythonRegex } from "../../core/python-regex/regex.ts";
import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { float, required, seriesList, string } from "../parameters.ts";

export const useSeriesAbove = graphiteFunction({
  name: "useSeriesAbove",
  group: "Filter Series",
  description: `For each series whose greatest value is above a number, another series: the one whose name comes out when a regular expression (Python's) replaces a part of this one's.

    useSeriesAbove(connect.prod.*.requests,10,"requests$","latency")`,
  parameters: {
    seriesList: required(seriesList),
    value: required(float),
    search: required(string),
    replace: required(string),
  },
  async evaluate({ seriesList, value, search, replace }, call) {
    const rename = pythonRegex(search).replacer(replace);
    const max = aggregationOf("max");
    const names = seriesList.filter(({ values }) => aggregateAll(max, values) > value).map(({ name }) => rename(name));
    if (names.length === 0) return [];
    const found = await call.evaluateTarget(`group(${names.join(",")})`);
    return found.filter(({ values }) => values.length > 0);
  },
});
