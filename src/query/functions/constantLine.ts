import { constantSeries } from "../constant.ts";
import { graphiteFunction } from "../function.ts";
import { float, required } from "../parameters.ts";

export const constantLine = graphiteFunction({
  name: "constantLine",
  group: "Special",
  description: `A horizontal line over the whole range.

    constantLine(0.95)`,
  parameters: { value: required(float) },
  evaluate: ({ value }, call) => [constantSeries(call, value)],
});
