import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";

export const fallbackSeries = graphiteFunction({
  name: "fallbackSeries",
  group: "Special",
  description: `The first argument, or the second when the first finds no series.

    fallbackSeries(connect.prod.*.errors,constantLine(0))`,
  parameters: { seriesList: required(seriesList), fallback: required(seriesList) },
  evaluate: ({ seriesList, fallback }) => (seriesList.length > 0 ? seriesList : fallback),
});
