import { foldRows } from "../alignment.ts";
import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { percentile, percentilePair } from "../percentile.ts";

export const removeBetweenPercentile = graphiteFunction({
  name: "removeBetweenPercentile",
  group: "Filter Series",
  description: `Keeps the series that are at some time unlike the others: not between the (100 − \`n\`)-th and the \`n\`-th percentile of all values of that time.

    removeBetweenPercentile(connect.prod.*.cpu,90)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate({ seriesList, n }) {
    const columns = seriesList.map(({ values }) => values);
    const [low, high] = percentilePair(n).map((one) =>
      foldRows(columns, (values, from, to) => percentile(values, from, to, one, false)),
    );
    return seriesList.filter(({ values }) => values.some((value, i) => !(low![i]! < value && value < high![i]!)));
  },
});
