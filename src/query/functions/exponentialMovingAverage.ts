import { aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { integerOrInterval, required, seriesList } from "../parameters.ts";
import { roundFloat } from "../python/number.ts";
import { copied, withTag } from "../series.ts";
import { previewSeconds, quotedWindow, WINDOW_SUGGESTIONS, windowPoints } from "../window.ts";

export const exponentialMovingAverage = graphiteFunction({
  name: "exponentialMovingAverage",
  group: "Calculate",
  description: `A mean in which each value counts less the older it is: the newest by 2 / (window + 1), all before it by the rest. It begins with the plain mean of one window before the range. Rounded to six decimals.

    exponentialMovingAverage(connect.prod.n1.latency,10)`,
  parameters: {
    seriesList: required(seriesList),
    windowSize: required(integerOrInterval, { suggestions: WINDOW_SUGGESTIONS }),
  },
  async evaluate({ seriesList, windowSize }, call) {
    if (seriesList.length === 0) return [];
    const preview = previewSeconds(call, seriesList, windowSize);
    const weight = 2 / ((windowSize.kind === "time" ? windowSize.seconds : windowSize.points) + 1);
    const earlier = await call.again({ fromSeconds: call.scope.fromSeconds - preview });
    return earlier.map((series) =>
      copied(series, `exponentialMovingAverage(${series.name},${quotedWindow(windowSize)})`, {
        tags: withTag(series.tags, "exponentialMovingAverage", windowSize.text),
        startSeconds: series.startSeconds + preview,
        values: smooth(series.values, windowPoints(series, windowSize), weight),
        integers: false,
      }),
    );
  },
});

function smooth(values: Float64Array, points: number, weight: number): Float64Array {
  let mean = aggregationOf("average").of(values, 0, Math.min(points, values.length)) || 0;
  const result = [roundFloat(mean, 6)];
  for (let i = points; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) mean = weight * value + (1 - weight) * mean;
    result.push(Number.isNaN(value) ? value : roundFloat(mean, 6));
  }
  return Float64Array.from(result);
}
