import { align } from "../alignment.ts";
import { pathExpressions } from "../combine.ts";
import { constantSeries } from "../constant.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";
import { newSeries } from "../series.ts";

export const countSeries = graphiteFunction({
  name: "countSeries",
  group: "Combine",
  description: `How many series there are, whether they have a value at the time or not.

    countSeries(connect.prod.*.heartbeat)`,
  aggregator: true,
  parameters: { seriesLists: repeated(seriesList, { atLeast: 0 }) },
  evaluate({ seriesLists }, call) {
    if (seriesLists.length === 0) return [{ ...constantSeries(call, 0, true), pathExpression: "countSeries()" }];
    const list = seriesLists.flat();
    const alignment = align(list);
    if (alignment === undefined) return [];
    const { startSeconds, endSeconds, stepSeconds, columns } = alignment;
    const length = columns.reduce((most, values) => Math.max(most, values.length), 0);
    return [
      newSeries({
        name: `countSeries(${pathExpressions(list)})`,
        startSeconds,
        endSeconds,
        stepSeconds,
        values: new Float64Array(length).fill(list.length),
        integers: true,
        xFilesFactor: call.scope.xFilesFactor,
      }),
    ];
  },
});
