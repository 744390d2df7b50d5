/** A horizontal line over the whole range: what constantLine, threshold and aggregateLine draw. */
import type { Call } from "./function.ts";
import { numberText } from "./python/number.ts";
import { newSeries, type TimeSeries } from "./series.ts";

/** Three points, the last on the end of the range. NaN draws a line of nulls. */
export function constantSeries(call: Call, value: number, integer = false): TimeSeries {
  const { fromSeconds, untilSeconds, xFilesFactor } = call.scope;
  const text = Number.isNaN(value) ? "None" : numberText({ value, integer });
  return newSeries({
    name: text,
    pathExpression: `constantLine(${text})`,
    startSeconds: fromSeconds,
    endSeconds: untilSeconds,
    stepSeconds: Math.max(1, Math.floor((untilSeconds - fromSeconds) / 2)),
    values: Float64Array.of(value, value, value),
    integers: integer,
    xFilesFactor,
  });
}
