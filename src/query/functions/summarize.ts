import { aggregationOf, integersAfter } from "../aggregation.ts";
import { bucketWidth, fillBuckets, INTERVAL_SUGGESTIONS } from "../buckets.ts";
import { graphiteFunction } from "../function.ts";
import { aggregationName, boolean, interval, required, seriesList, withDefault } from "../parameters.ts";
import { copied, withTag } from "../series.ts";

export const summarize = graphiteFunction({
  name: "summarize",
  group: "Transform",
  description: `One value per interval: the sum, or what \`func\` says, of the values in it. Intervals begin at multiples of their length since 1970, in UTC, or at the beginning of the range if \`alignToFrom\` is true.

    summarize(connect.prod.n1.jobs.finished,"1h","sum")`,
  parameters: {
    seriesList: required(seriesList),
    intervalString: required(interval, { suggestions: INTERVAL_SUGGESTIONS }),
    func: withDefault(aggregationName, "sum"),
    alignToFrom: withDefault(boolean, false),
  },
  evaluate({ seriesList, intervalString, func, alignToFrom }, call) {
    const width = bucketWidth(call, intervalString);
    const by = aggregationOf(func);
    return seriesList.map((series) => {
      const { startSeconds, endSeconds } = series;
      const start = alignToFrom ? startSeconds : startSeconds - (startSeconds % width);
      const end = alignToFrom ? endSeconds : endSeconds - (endSeconds % width) + width;
      const buckets = fillBuckets(call, series, by, width, start, end);
      const suffix = alignToFrom ? ", true" : "";
      return copied(series, `summarize(${series.name}, "${intervalString.text}", "${func}"${suffix})`, {
        tags: withTag(withTag(series.tags, "summarize", intervalString.text), "summarizeFunction", func),
        startSeconds: start,
        endSeconds: alignToFrom ? buckets.endSeconds : end,
        stepSeconds: width,
        values: buckets.values,
        integers: integersAfter(by, series.integers),
      });
    });
  },
});
