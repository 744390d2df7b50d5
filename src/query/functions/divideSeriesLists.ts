import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { pairUp } from "./aggregateSeriesLists.ts";
import { quotient } from "./divideSeries.ts";

export const divideSeriesLists = graphiteFunction({
  name: "divideSeriesLists",
  group: "Combine",
  description: `Divides the first of two lists of the same length by the second, pair by pair. Null where the divisor is null or 0.

    divideSeriesLists(connect.prod.*.requests.failed,connect.prod.*.requests.total)`,
  parameters: { dividendSeriesList: required(seriesList), divisorSeriesList: required(seriesList) },
  evaluate: ({ dividendSeriesList, divisorSeriesList }, call) =>
    pairUp(call, dividendSeriesList, divisorSeriesList).map(([dividend, divisor]) =>
      quotient(dividend, divisor, call.scope.xFilesFactor),
    ),
});
