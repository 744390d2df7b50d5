import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { consolidateSeriesBy } from "./consolidateBy.ts";

export const cumulative = graphiteFunction({
  name: "cumulative",
  group: "Special",
  description: `Adds up values where there are more than the picture has room for; short for consolidateBy(…,"sum").

    cumulative(connect.prod.n1.jobs.finished)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) => consolidateSeriesBy(seriesList, "sum"),
});
