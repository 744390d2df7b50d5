import { graphiteFunction } from "../function.ts";
import { integer, required, string, withDefault } from "../parameters.ts";
import { newSeries } from "../series.ts";
import { timeSteps } from "../steps.ts";

export const timeFunction = graphiteFunction({
  name: "timeFunction",
  aliases: ["time"],
  group: "Transform",
  description: `A series whose values are their own times, in seconds since 1970.

    time("now",60)`,
  parameters: { name: required(string), step: withDefault(integer, 60) },
  evaluate({ name, step }, call) {
    const { fromSeconds, untilSeconds, xFilesFactor } = call.scope;
    return [
      newSeries({
        name,
        startSeconds: fromSeconds,
        endSeconds: untilSeconds,
        stepSeconds: step,
        values: timeSteps(call, step, (seconds) => seconds),
        xFilesFactor,
      }),
    ];
  },
});
