import { graphiteFunction } from "../function.ts";
import { required, string } from "../parameters.ts";
import { newSeries } from "../series.ts";
import { timeSteps } from "../steps.ts";

const STEP_SECONDS = 60;

export const identity = graphiteFunction({
  name: "identity",
  group: "Calculate",
  description: `A series whose values are their own times, in seconds since 1970, a minute apart: next to a series of times, its age.

    diffSeries(identity("now"),connect.prod.n1.backup.finished)`,
  parameters: { name: required(string) },
  evaluate({ name }, call) {
    const { fromSeconds, untilSeconds, xFilesFactor } = call.scope;
    return [
      newSeries({
        name,
        pathExpression: `identity("${name}")`,
        startSeconds: fromSeconds,
        endSeconds: untilSeconds,
        stepSeconds: STEP_SECONDS,
        values: timeSteps(call, STEP_SECONDS, (seconds) => seconds),
        integers: true,
        xFilesFactor,
      }),
    ];
  },
});
