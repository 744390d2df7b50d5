import { graphiteFunction } from "../function.ts";
import { required, seriesList, string, withDefault } from "../parameters.ts";
import { copied, type TimeSeries, withTag } from "../series.ts";

const UNNAMED = "__DEFAULT__";

export const stacked = graphiteFunction({
  name: "stacked",
  group: "Graph",
  description: `Puts each series on top of the ones before it: its values are the totals so far of its stack, in this and earlier targets of the request. There can be several stacks, by name.

    stacked(connect.prod.*.sessions)`,
  parameters: { seriesList: required(seriesList), stack: withDefault(string, UNNAMED) },
  evaluate({ seriesList, stack }, { scope }) {
    scope.stacks ??= new Map();
    const totals = scope.stacks.get(stack) ?? [];
    scope.stacks.set(stack, totals);
    return seriesList.map((series) => {
      const named = stack === UNNAMED;
      const graph = { stacked: true };
      const values = putOnTop(totals, series);
      if (!named) return copied(series, series.name, { values, graph, integers: false });
      const tags = withTag(series.tags, "stacked", stack);
      return copied(series, `stacked(${series.name})`, { values, graph, tags, integers: false });
    });
  },
});

/** Adds the series to the totals, and gives them where it has a value. */
function putOnTop(totals: number[], { values }: TimeSeries): Float64Array {
  return values.map((value, i) => {
    totals[i] = (totals[i] ?? 0) + (value || 0);
    return Number.isNaN(value) ? value : totals[i];
  });
}
