import { AGGREGATION_NAMES } from "../aggregation.ts";
import { combineSeries } from "../combine.ts";
import { graphiteFunction } from "../function.ts";
import { aggregationName, float, optional, type ParameterType, required, seriesList } from "../parameters.ts";

/** `sum`, or `sumSeries` for the same. */
export const combiningName: ParameterType<string> = {
  ...aggregationName,
  read(value) {
    const name = typeof value === "string" ? value.replace(/Series$/, "") : "";
    return AGGREGATION_NAMES.includes(name) ? name : undefined;
  },
};

export const aggregate = graphiteFunction({
  name: "aggregate",
  group: "Combine",
  description: `All series as one, by an aggregation: aggregate(…,"sum") is sumSeries(…). Null at times at which less than \`xFilesFactor\` of the series have a value.

    aggregate(connect.prod.*.cpu,"median")`,
  parameters: { seriesList: required(seriesList), func: required(combiningName), xFilesFactor: optional(float) },
  evaluate: ({ seriesList, func, xFilesFactor }, { scope }) =>
    combineSeries(seriesList, func, xFilesFactor ?? scope.xFilesFactor),
});
