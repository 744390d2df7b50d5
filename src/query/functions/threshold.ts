import { constantSeries } from "../constant.ts";
import { graphiteFunction } from "../function.ts";
import { float, optional, required, string } from "../parameters.ts";

export const threshold = graphiteFunction({
  name: "threshold",
  group: "Graph",
  description: `A horizontal line over the whole range, with a name and a colour.

    threshold(0.95,"too high","red")`,
  parameters: { value: required(float), label: optional(string), color: optional(string) },
  evaluate({ value, label, color }, call) {
    const line = constantSeries(call, value);
    return [{ ...line, name: label || line.name, graph: color === undefined ? line.graph : { ...line.graph, color } }];
  },
});
