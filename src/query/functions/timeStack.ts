import { graphiteFunction } from "../function.ts";
import { integer, interval, required, seriesList, withDefault } from "../parameters.ts";
import { renamed, type TimeSeries, withTag } from "../series.ts";
import { parseInterval } from "../time-grammar.ts";
import { SHIFT_SUGGESTIONS } from "./timeShift.ts";

export const timeStack = graphiteFunction({
  name: "timeStack",
  group: "Transform",
  description: `The series as they were at several times, drawn as if it were now: shifted by \`timeShiftStart\` times the unit, and so on up to, but without, \`timeShiftEnd\` times.

    timeStack(connect.prod.n1.sessions,"1d",0,7)`,
  parameters: {
    seriesList: required(seriesList),
    timeShiftUnit: withDefault(interval, "1d", { suggestions: SHIFT_SUGGESTIONS }),
    timeShiftStart: withDefault(integer, 0),
    timeShiftEnd: withDefault(integer, 7),
  },
  async evaluate({ seriesList, timeShiftUnit, timeShiftStart, timeShiftEnd }, call) {
    const [first] = seriesList;
    if (first === undefined) return [];
    const unit = /^\d/.test(timeShiftUnit.text) ? `-${timeShiftUnit.text}` : timeShiftUnit.text;
    const { fromSeconds, untilSeconds } = call.scope;
    const results: TimeSeries[] = [];
    for (let times = timeShiftStart; times < timeShiftEnd; times++) {
      const shift = times * parseInterval(unit);
      const range = { fromSeconds: fromSeconds + shift, untilSeconds: untilSeconds + shift };
      for (const series of await call.again(range)) {
        results.push(
          renamed(series, `timeShift(${series.name}, ${unit}, ${times})`, {
            tags: withTag(withTag(series.tags, "timeShiftUnit", unit), "timeShift", String(times)),
            startSeconds: first.startSeconds,
            endSeconds: first.endSeconds,
          }),
        );
      }
    }
    return results;
  },
});
