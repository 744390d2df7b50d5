import { aggregationOf, integersAfter } from "../aggregation.ts";
import { bucketWidth, fillBuckets, INTERVAL_SUGGESTIONS } from "../buckets.ts";
import { startOfUnit } from "../calendar.ts";
import { graphiteFunction } from "../function.ts";
import {
  aggregationName,
  interval,
  optional,
  type ParameterType,
  required,
  seriesList,
  withDefault,
} from "../parameters.ts";
import { copied, withTag } from "../series.ts";
import { timeUnit } from "../time-grammar.ts";

/** A unit of the calendar, with the weekday to begin at behind `weeks`; true and false mean nothing any more. */
const alignment: ParameterType<string | boolean> = {
  name: "string",
  expects: "a unit of time (years, months, weeks, days, hours, minutes, seconds)",
  options: [null, "years", "months", "weeks", "days", "hours", "minutes", "seconds", true, false],
  read(value) {
    if (typeof value === "boolean") return value;
    return typeof value === "string" && timeUnit(value) !== undefined ? value : undefined;
  },
};

export const smartSummarize = graphiteFunction({
  name: "smartSummarize",
  group: "Transform",
  description: `One value per interval: the sum, or what \`func\` says, of the values in it. Intervals begin with the range, or with the unit of the calendar (of the request's time zone) in which the range begins: \`weeks3\` is the Wednesday before it.

    smartSummarize(connect.prod.n1.jobs.finished,"1d","sum","days")`,
  parameters: {
    seriesList: required(seriesList),
    intervalString: required(interval, { suggestions: INTERVAL_SUGGESTIONS }),
    func: withDefault(aggregationName, "sum"),
    alignTo: optional(alignment),
  },
  async evaluate({ seriesList, intervalString, func, alignTo }, call) {
    const width = bucketWidth(call, intervalString);
    const by = aggregationOf(func);
    const list =
      typeof alignTo === "string"
        ? await call.again({ fromSeconds: startOfUnit(call.scope.fromSeconds, alignTo, call.timeZone) })
        : seriesList;
    return list.map((series) => {
      const { startSeconds, endSeconds } = series;
      const buckets = fillBuckets(call, series, by, width, startSeconds, endSeconds);
      return copied(series, `smartSummarize(${series.name}, "${intervalString.text}", "${func}")`, {
        tags: withTag(withTag(series.tags, "smartSummarize", intervalString.text), "smartSummarizeFunction", func),
        endSeconds: buckets.endSeconds,
        stepSeconds: width,
        values: buckets.values,
        integers: integersAfter(by, series.integers),
      });
    });
  },
});
