import { graphiteFunction } from "../function.ts";
import { aggregationOrFunctionName, nodeOrTag, required, seriesList, withDefault } from "../parameters.ts";
import { combineByNodes } from "./groupByNodes.ts";

export const groupByNode = graphiteFunction({
  name: "groupByNode",
  group: "Combine",
  description: `Combines the series that have one node or tag in common, by an aggregation or a combining function; each result is named by it.

    groupByNode(connect.prod.*.cpu.*,2,"sum")`,
  parameters: {
    seriesList: required(seriesList),
    nodeNum: required(nodeOrTag),
    callback: withDefault(aggregationOrFunctionName, "average"),
  },
  evaluate: ({ seriesList, nodeNum, callback }, call) => combineByNodes(call, seriesList, callback, [nodeNum]),
});
