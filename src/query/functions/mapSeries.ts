import { graphiteFunction } from "../function.ts";
import { groupKey, groupSeries } from "../naming.ts";
import { nodeOrTag, repeated, required, seriesList } from "../parameters.ts";

export const mapSeries = graphiteFunction({
  name: "mapSeries",
  aliases: ["map"],
  group: "Combine",
  description: `Splits a list into lists of series that have the chosen nodes or tags in common, for reduceSeries.

    reduceSeries(mapSeries(connect.prod.*.disk.*,2),"asPercent",4,"used","total")`,
  parameters: { seriesList: required(seriesList), mapNodes: repeated(nodeOrTag) },
  evaluate: ({ seriesList, mapNodes }) => [...groupSeries(seriesList, (series) => groupKey(series, mapNodes)).values()],
});
