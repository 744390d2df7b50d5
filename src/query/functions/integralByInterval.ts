import { graphiteFunction } from "../function.ts";
import { required, seriesList, string } from "../parameters.ts";
import { copied, type TimeSeries, withTag } from "../series.ts";
import { parseInterval } from "../time-grammar.ts";

export const integralByInterval = graphiteFunction({
  name: "integralByInterval",
  group: "Transform",
  description: `The running total, which begins again at 0 with every interval; intervals begin with the range. A null shows the total so far.

    integralByInterval(connect.prod.n1.jobs.finished,"1d")`,
  parameters: { seriesList: required(seriesList), intervalUnit: required(string) },
  evaluate({ seriesList, intervalUnit }, call) {
    const interval = Math.abs(parseInterval(intervalUnit));
    if (interval === 0) throw call.error(`needs an interval longer than nothing, and is given "${intervalUnit}"`);
    return seriesList.map((series) =>
      copied(series, `integralByInterval(${series.name},'${intervalUnit}')`, {
        tags: withTag(series.tags, "integralByInterval", intervalUnit),
        values: totals(series, interval, call.scope.fromSeconds),
        integers: false,
      }),
    );
  },
});

function totals(
  { values, startSeconds, stepSeconds }: TimeSeries,
  interval: number,
  fromSeconds: number,
): Float64Array {
  const result = new Float64Array(values.length);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const elapsed = startSeconds + i * stepSeconds - fromSeconds;
    if (Math.floor(elapsed / interval) !== Math.floor((elapsed - stepSeconds) / interval)) total = 0;
    if (!Number.isNaN(values[i]!)) total += values[i]!;
    result[i] = total;
  }
  return result;
}
