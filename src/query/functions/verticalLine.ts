import { graphiteFunction } from "../function.ts";
import { date, optional, required, string } from "../parameters.ts";
import { newSeries } from "../series.ts";
import { parseTime } from "../time-grammar.ts";

export const verticalLine = graphiteFunction({
  name: "verticalLine",
  group: "Graph",
  description: `A vertical line at a time within the range, with a name and a colour.

    verticalLine("12:30_20231114","upgrade","blue")`,
  parameters: { ts: required(date), label: optional(string), color: optional(string) },
  evaluate({ ts, label, color }, call) {
    const { fromSeconds, untilSeconds, xFilesFactor } = call.scope;
    const seconds = parseTime(ts, call);
    if (seconds < fromSeconds) throw call.error(`needs a time in the range, and ${seconds} is before its beginning`);
    if (seconds > untilSeconds) throw call.error(`needs a time in the range, and ${seconds} is after its end`);
    return [
      newSeries({
        name: label ?? "",
        startSeconds: seconds,
        endSeconds: seconds,
        stepSeconds: 1,
        values: Float64Array.of(1, 1),
        xFilesFactor,
        graph: { drawAsInfinite: true, ...(color === undefined ? {} : { color }) },
      }),
    ];
  },
});
