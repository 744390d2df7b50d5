import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { percentile } from "../percentile.ts";
import { formatGeneral, reprFloat } from "../python/number.ts";
import { mapValues, renamed, withTag } from "../series.ts";

export const removeBelowPercentile = graphiteFunction({
  name: "removeBelowPercentile",
  group: "Filter Data",
  description: `Makes values below the \`n\`-th percentile of their own series null.

    removeBelowPercentile(connect.prod.n1.latency,95)`,
  parameters: { seriesList: required(seriesList), n: required(float) },
  evaluate({ seriesList, n }, call) {
    if (n === 0) throw call.error("needs a percentile other than 0");
    return seriesList.map((series) => {
      const bound = percentile(series.values, 0, series.values.length, n, false);
      return renamed(series, `removeBelowPercentile(${series.name}, ${formatGeneral(n)})`, {
        tags: Number.isNaN(bound) ? series.tags : withTag(series.tags, "nPercentile", reprFloat(n)),
        values: mapValues(series.values, (value) => (value < bound ? Number.NaN : value)),
      });
    });
  },
});
