import { align, foldRows } from "../alignment.ts";
import { graphiteFunction } from "../function.ts";
import { boolean, float, required, seriesList, withDefault } from "../parameters.ts";
import { percentile } from "../percentile.ts";
import { formatGeneral } from "../python/number.ts";
import { newSeries } from "../series.ts";

export const percentileOfSeries = graphiteFunction({
  name: "percentileOfSeries",
  group: "Combine",
  description: `The \`n\`-th percentile of all series at each time: one of their values, or between two of them if \`interpolate\` is true.

    percentileOfSeries(connect.prod.*.latency,95)`,
  parameters: { seriesList: required(seriesList), n: required(float), interpolate: withDefault(boolean, false) },
  evaluate({ seriesList, n, interpolate }, call) {
    if (!(n > 0)) throw call.error(`needs a percentile greater than 0, and is given ${formatGeneral(n)}`);
    const alignment = align(seriesList);
    if (alignment === undefined) return [];
    const { startSeconds, endSeconds, stepSeconds, columns, integers } = alignment;
    return [
      newSeries({
        name: `percentileOfSeries(${seriesList[0]!.pathExpression},${formatGeneral(n)})`,
        startSeconds,
        endSeconds,
        stepSeconds,
        values: foldRows(columns, (values, from, to) => percentile(values, from, to, n, interpolate)),
        integers: integers && !interpolate,
        xFilesFactor: call.scope.xFilesFactor,
      }),
    ];
  },
});
