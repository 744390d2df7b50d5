import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { percentile, percentilePair } from "../percentile.ts";

export const averageOutsidePercentile = graphiteFunction({
  name: "averageOutsidePercentile",
  group: "Filter Series",
  description: `Keeps the series whose mean is unlike the others': not between the (100 − \`n\`)-th and the \`n\`-th percentile of all means.

    averageOutsidePercentile(connect.prod.*.cpu,90)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate({ seriesList, n }) {
    const mean = aggregationOf("average");
    const means = Float64Array.from(seriesList, ({ values }) => aggregateAll(mean, values));
    const [low, high] = percentilePair(n).map((one) => percentile(means, 0, means.length, one, false));
    return seriesList.filter((_, i) => !(low! < means[i]! && means[i]! < high!));
  },
});
