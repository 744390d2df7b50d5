import { graphiteFunction } from "../function.ts";
import {
  aggregationName,
  float,
  integerOrInterval,
  optional,
  required,
  seriesList,
  withDefault,
} from "../parameters.ts";
import { moveWindow, WINDOW_SUGGESTIONS } from "../window.ts";

export const movingWindow = graphiteFunction({
  name: "movingWindow",
  group: "Calculate",
  description: `At each time an aggregation of the values up to then, as many as the window has points or as fit into its time. Null where less than \`xFilesFactor\` of the window is known.

    movingWindow(connect.prod.n1.cpu,"5min","median")`,
  parameters: {
    seriesList: required(seriesList),
    windowSize: required(integerOrInterval, { suggestions: WINDOW_SUGGESTIONS }),
    func: withDefault(aggregationName, "average"),
    xFilesFactor: optional(float),
  },
  evaluate: ({ seriesList, windowSize, func, xFilesFactor }, call) =>
    moveWindow(call, seriesList, windowSize, func, xFilesFactor),
});
