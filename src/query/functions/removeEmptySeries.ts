import { countKnown, isEnough } from "../consolidation.ts";
import { graphiteFunction } from "../function.ts";
import { float, optional, required, seriesList } from "../parameters.ts";

export const removeEmptySeries = graphiteFunction({
  name: "removeEmptySeries",
  group: "Filter Series",
  description: `Drops the series without any value, or with less than the share \`xFilesFactor\` of their values known.

    removeEmptySeries(connect.prod.*.cpu)`,
  parameters: { seriesList: required(seriesList), xFilesFactor: optional(float) },
  evaluate: ({ seriesList, xFilesFactor = 0 }) =>
    seriesList.filter(({ values }) => isEnough(countKnown(values), values.length, xFilesFactor)),
});
