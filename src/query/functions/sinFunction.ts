import { graphiteFunction } from "../function.ts";
import { integer, required, string, withDefault } from "../parameters.ts";
import { newSeries } from "../series.ts";
import { timeSteps } from "../steps.ts";

export const sinFunction = graphiteFunction({
  name: "sinFunction",
  group: "Transform",
  description: `The sine of the time in seconds, times an amplitude: a wave to try things with.

    sin("wave",5)`,
  aliases: ["sin"],
  parameters: { name: required(string), amplitude: withDefault(integer, 1), step: withDefault(integer, 60) },
  evaluate({ name, amplitude, step }, call) {
    const { fromSeconds, untilSeconds, xFilesFactor } = call.scope;
    const values = timeSteps(call, step, (seconds) => Math.sin(seconds) * amplitude);
    return [
      newSeries({ name, startSeconds: fromSeconds, endSeconds: untilSeconds, stepSeconds: step, values, xFilesFactor }),
    ];
  },
});
