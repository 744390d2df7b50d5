import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { type TimeSeries, withTag } from "../series.ts";

export const areaBetween = graphiteFunction({
  name: "areaBetween",
  group: "Graph",
  description: `Fills the area between exactly two series.

    areaBetween(connect.prod.n1.latency.{min,max})`,
  parameters: { seriesList: required(seriesList) },
  evaluate({ seriesList }, call) {
    const [lower, upper] = seriesList;
    if (lower === undefined || upper === undefined || seriesList.length > 2) {
      throw call.error(`needs exactly two series, and is given ${seriesList.length}`);
    }
    return areaSeries(lower, upper, "areaBetween");
  },
});

/** Both under one name, and with the tags of the upper one; the lower one is not drawn itself. */
export function areaSeries(lower: TimeSeries, upper: TimeSeries, what: string): TimeSeries[] {
  const name = `${what}(${upper.pathExpression})`;
  const tags = withTag(upper.tags, what, "1");
  return [
    { ...lower, name, tags, graph: { ...lower.graph, stacked: true, invisible: true } },
    { ...upper, name, tags, graph: { ...upper.graph, stacked: true } },
  ];
}
