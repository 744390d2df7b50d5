import { pythonRegex } from "../../core/python-regex/regex.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList, string } from "../parameters.ts";

export const aliasSub = graphiteFunction({
  name: "aliasSub",
  group: "Alias",
  description: `Replaces what a regular expression finds in the names; \`\\1\` or \`\\g<name>\` stand for its groups. Regular expressions are Python's.

    aliasSub(connect.prod.*.cpu,"^.*\\.(n\\d+)\\..*$","node \\1")`,
  parameters: { seriesList: required(seriesList), search: required(string), replace: required(string) },
  evaluate({ seriesList, search, replace }) {
    const rename = pythonRegex(search).replacer(replace);
    return seriesList.map((series) => ({ ...series, name: rename(series.name) }));
  },
});
