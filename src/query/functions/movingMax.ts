import { graphiteFunction } from "../function.ts";
import { float, integerOrInterval, optional, required, seriesList } from "../parameters.ts";
import { moveWindow, WINDOW_SUGGESTIONS } from "../window.ts";

export const movingMax = graphiteFunction({
  name: "movingMax",
  group: "Calculate",
  description: `At each time the greatest of the values up to then, as many as the window has points or as fit into its time. Null where less than \`xFilesFactor\` of the window is known.

    movingMax(connect.prod.n1.cpu,"5min")`,
  parameters: {
    seriesList: required(seriesList),
    windowSize: required(integerOrInterval, { suggestions: WINDOW_SUGGESTIONS }),
    xFilesFactor: optional(float),
  },
  evaluate: ({ seriesList, windowSize, xFilesFactor }, call) =>
    moveWindow(call, seriesList, windowSize, "max", xFilesFactor),
});
