import { isSummerTime } from "../calendar.ts";
import type { Call, TimeRange } from "../function.ts";
import { graphiteFunction } from "../function.ts";
import { boolean, interval, required, seriesList, withDefault } from "../parameters.ts";
import { withTag } from "../series.ts";
import { parseInterval } from "../time-grammar.ts";

export const SHIFT_SUGGESTIONS = ["1h", "6h", "12h", "1d", "2d", "7d", "14d", "30d"];

export const timeShift = graphiteFunction({
  name: "timeShift",
  group: "Transform",
  description: `The series as they were some time ago, drawn as if it were now; with a plus sign, as they will be. Unless \`resetEnd\` is false they end where the unshifted ones end. \`alignDst\` evens out the hour when one of the two times is in summer time and the other is not.

    timeShift(connect.prod.n1.sessions,"7d")`,
  parameters: {
    seriesList: required(seriesList),
    timeShift: required(interval, { suggestions: SHIFT_SUGGESTIONS }),
    resetEnd: withDefault(boolean, true),
    alignDst: withDefault(boolean, false),
  },
  async evaluate({ seriesList, timeShift, resetEnd, alignDst }, call) {
    const text = /^\d/.test(timeShift.text) ? `-${timeShift.text}` : timeShift.text;
    const [first] = seriesList;
    if (first === undefined) return [];
    const shifted = await call.again(shiftRange(call, parseInterval(text), alignDst));
    return shifted.map((series) => ({
      ...series,
      name: `timeShift(${series.name}, "${text}")`,
      tags: withTag(series.tags, "timeShift", text),
      startSeconds: first.startSeconds,
      endSeconds: resetEnd ? first.endSeconds : series.endSeconds - series.startSeconds + first.startSeconds,
    }));
  },
});

function shiftRange({ scope, timeZone }: Call, seconds: number, alignDst: boolean): TimeRange {
  const [fromSeconds, untilSeconds] = [scope.fromSeconds + seconds, scope.untilSeconds + seconds];
  if (!alignDst) return { fromSeconds, untilSeconds };
  const summer = (instant: number): boolean => isSummerTime(instant, timeZone);
  const [asked, shifted] = [
    [scope.fromSeconds, scope.untilSeconds].map(summer),
    [fromSeconds, untilSeconds].map(summer),
  ];
  let correction = 0;
  if (asked.every(Boolean) && !shifted.some(Boolean)) correction = 3_600;
  else if (!asked.some(Boolean) && shifted.every(Boolean)) correction = -3_600;
  return { fromSeconds: fromSeconds + correction, untilSeconds: untilSeconds + correction };
}
