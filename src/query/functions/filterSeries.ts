import { graphiteFunction } from "../function.ts";
import { aggregationName, float, type ParameterType, required, seriesList } from "../parameters.ts";
import { keepWhere, OPERATORS } from "../selection.ts";

const operators = Object.keys(OPERATORS).sort();
const operatorName: ParameterType<string> = {
  name: "string",
  expects: `one of ${operators.join(" ")}`,
  options: operators,
  read: (value) => (typeof value === "string" && operators.includes(value) ? value : undefined),
};

export const filterSeries = graphiteFunction({
  name: "filterSeries",
  group: "Filter Series",
  description: `Keeps the series for which an aggregation of all values compares with a number as asked.

    filterSeries(connect.prod.*.cpu,"max",">",0.9)`,
  parameters: {
    seriesList: required(seriesList),
    func: required(aggregationName),
    operator: required(operatorName),
    threshold: required(float),
  },
  evaluate: ({ seriesList, func, operator, threshold }) => keepWhere(seriesList, func, operator, threshold),
});
