import { bucketWidth, INTERVAL_SUGGESTIONS } from "../buckets.ts";
import { startOfUnit } from "../calendar.ts";
import type { Call } from "../function.ts";
import { graphiteFunction } from "../function.ts";
import { boolean, interval, required, seriesList, withDefault } from "../parameters.ts";
import { copied, type SeriesList, type TimeSeries, withTag } from "../series.ts";

export const hitcount = graphiteFunction({
  name: "hitcount",
  group: "Transform",
  description: `How much there was in each interval, of values that say how much there is per second: each value counts for as long as the step is, shared out where it lies in two intervals. Intervals end with the range, or begin at the full minute, hour or day of its beginning if \`alignToInterval\` is true.

    hitcount(perSecond(connect.prod.n1.requests.total),"1h")`,
  parameters: {
    seriesList: required(seriesList),
    intervalString: required(interval, { suggestions: INTERVAL_SUGGESTIONS }),
    alignToInterval: withDefault(boolean, false),
  },
  async evaluate({ seriesList, intervalString, alignToInterval }, call) {
    const width = bucketWidth(call, intervalString);
    const list = alignToInterval ? await alignedSeries(call, width) : seriesList;
    const suffix = alignToInterval ? ", true" : "";
    return list.map((series) => {
      const count = Math.max(0, Math.ceil((series.endSeconds - series.startSeconds) / width));
      const startSeconds = series.endSeconds - count * width;
      return copied(series, `hitcount(${series.name}, "${intervalString.text}"${suffix})`, {
        tags: withTag(series.tags, "hitcount", intervalString.text),
        startSeconds,
        stepSeconds: width,
        values: countHits(series, startSeconds, width, call.allocate(count)),
      });
    });
  },
});

/** From the full minute, hour or day on, and up to the end of an interval. */
async function alignedSeries(call: Call, width: number): Promise<SeriesList> {
  const unit = width >= 86_400 ? "days" : width >= 3_600 ? "hours" : width >= 60 ? "minutes" : "seconds";
  const list = await call.again({ fromSeconds: startOfUnit(call.scope.fromSeconds, unit, call.timeZone) });
  return list.map((series) => {
    const whole = Math.floor((series.endSeconds - series.startSeconds) / width);
    return { ...series, endSeconds: series.startSeconds + (whole + 1) * width };
  });
}

/** `buckets` comes full of nulls. What lies beyond the last bucket counts in it. */
function countHits(series: TimeSeries, startSeconds: number, width: number, buckets: Float64Array): Float64Array {
  const add = (bucket: number, hits: number): void => {
    if (bucket >= 0 && bucket < buckets.length) buckets[bucket] = (buckets[bucket]! || 0) + hits;
  };
  series.values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const start = series.startSeconds + i * series.stepSeconds - startSeconds;
    const end = start + series.stepSeconds;
    const firstBucket = Math.floor(start / width);
    let lastBucket = Math.floor(end / width);
    let lastPart = end - lastBucket * width;
    if (lastBucket >= buckets.length) {
      lastBucket = buckets.length - 1;
      lastPart = width;
    }
    if (firstBucket === lastBucket) add(firstBucket, value * (lastPart - (start - firstBucket * width)));
    else {
      add(firstBucket, value * (width - (start - firstBucket * width)));
      for (let bucket = firstBucket + 1; bucket < lastBucket; bucket++) add(bucket, value * width);
      if (lastPart > 0) add(lastBucket, value * lastPart);
    }
  });
  return buckets;
}
