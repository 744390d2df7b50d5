import { graphiteFunction } from "../function.ts";
import { date, required, seriesList, withDefault } from "../parameters.ts";
import { withTag } from "../series.ts";
import { parseTime } from "../time-grammar.ts";

export const timeSlice = graphiteFunction({
  name: "timeSlice",
  group: "Transform",
  description: `Keeps the values between two times, and makes all others null.

    timeSlice(connect.prod.n1.cpu,"-2h","-1h")`,
  parameters: {
    seriesList: required(seriesList),
    startSliceAt: required(date),
    endSliceAt: withDefault(date, "now"),
  },
  evaluate({ seriesList, startSliceAt, endSliceAt }, call) {
    const [start, end] = [parseTime(startSliceAt, call), parseTime(endSliceAt, call)];
    return seriesList.map((series) => {
      const tags = withTag(withTag(series.tags, "timeSliceStart", String(start)), "timeSliceEnd", String(end));
      const values = series.values.map((value, i) => {
        // graphite-web counts from the beginning of the range, not from the first value.
        const seconds = call.scope.fromSeconds + i * series.stepSeconds;
        return seconds < start || seconds > end ? Number.NaN : value;
      });
      return { ...series, name: `timeSlice(${series.name}, ${start}, ${end})`, tags, values };
    });
  },
});
