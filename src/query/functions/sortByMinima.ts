import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { sortByValue } from "../selection.ts";

export const sortByMinima = graphiteFunction({
  name: "sortByMinima",
  group: "Sorting",
  description: `The series that have a value above 0, by their least values, the least first.

    sortByMinima(connect.prod.*.memory.free)`,
  parameters: { seriesList: required(seriesList) },
  evaluate({ seriesList }) {
    const max = aggregationOf("max");
    return sortByValue(
      seriesList.filter(({ values }) => aggregateAll(max, values) > 0),
      "min",
      false,
    );
  },
});
