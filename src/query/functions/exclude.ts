import { pythonRegex } from "../../core/python-regex/regex.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList, string } from "../parameters.ts";

export const exclude = graphiteFunction({
  name: "exclude",
  group: "Filter Series",
  description: `Drops the series in whose names a regular expression (Python's) finds something.

    exclude(connect.prod.*.cpu,"_cluster")`,
  parameters: { seriesList: required(seriesList), pattern: required(string) },
  evaluate({ seriesList, pattern }) {
    const regex = pythonRegex(pattern);
    return seriesList.filter(({ name }) => !regex.search(name));
  },
});
