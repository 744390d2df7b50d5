import { graphiteFunction } from "../function.ts";
import { integer, required, string, withDefault } from "../parameters.ts";
import { newSeries } from "../series.ts";
import { timeSteps } from "../steps.ts";

export const randomWalkFunction = graphiteFunction({
  name: "randomWalkFunction",
  group: "Special",
  description: `A series that begins at 0 and moves by up to a half at each step, another every time: to try things with.

    randomWalk("noise")`,
  aliases: ["randomWalk"],
  parameters: { name: required(string), step: withDefault(integer, 60) },
  evaluate({ name, step }, call) {
    const { fromSeconds, untilSeconds, xFilesFactor } = call.scope;
    let position = 0;
    const values = timeSteps(call, step, () => {
      const here = position;
      position += call.random.next() - 0.5;
      return here;
    });
    return [
      newSeries({ name, startSeconds: fromSeconds, endSeconds: untilSeconds, stepSeconds: step, values, xFilesFactor }),
    ];
  },
});
