import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { percentile } from "../percentile.ts";
import { formatGeneral, reprFloat } from "../python/number.ts";
import { copied, type TimeSeries, withTag } from "../series.ts";

export const nPercentile = graphiteFunction({
  name: "nPercentile",
  group: "Calculate",
  description: `A horizontal line at the \`n\`-th percentile of all values of each series; series without values are dropped.

    nPercentile(connect.prod.n1.latency,95)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate({ seriesList, n }, call) {
    if (n === 0) throw call.error("needs a percentile other than 0");
    return seriesList.flatMap((series): TimeSeries[] => {
      const { values, startSeconds, endSeconds, stepSeconds } = series;
      const value = percentile(values, 0, values.length, n, false);
      if (Number.isNaN(value)) return [];
      const points = Math.max(0, Math.trunc((endSeconds - startSeconds) / stepSeconds));
      return [
        copied(series, `nPercentile(${series.name}, ${formatGeneral(n)})`, {
          tags: withTag(series.tags, "nPercentile", reprFloat(n)),
          values: call.allocate(points).fill(value),
        }),
      ];
    });
  },
});
