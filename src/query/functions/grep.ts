import { pythonRegex } from "../../core/python-regex/regex.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList, string } from "../parameters.ts";

export const grep = graphiteFunction({
  name: "grep",
  group: "Filter Series",
  description: `Keeps the series in whose names a regular expression (Python's) finds something.

    grep(connect.prod.*.cpu,"n[12]")`,
  parameters: { seriesList: required(seriesList), pattern: required(string) },
  evaluate({ seriesList, pattern }) {
    const regex = pythonRegex(pattern);
    return seriesList.filter(({ name }) => regex.search(name));
  },
});
