import { graphiteFunction } from "../function.ts";
import { optional, required, seriesList, string } from "../parameters.ts";
import { copied, type TimeSeries, withTag } from "../series.ts";

const UNNAMED = "__DEFAULT__";

export const stacked = graphiteFunction({
  name: "stacked",
  group: "Graph",
  description: `Puts each series on top of the ones before it: its values are the totals so far of its stack, in this and earlier targets of the request. There can be several stacks, by name.

    stacked(connect.prod.*.sessions)`,
  parameters: { seriesList: required(seriesList), stack: optional(string) },
  evaluate({ seriesList, stack = UNNAMED }, { scope }) {
    scope.stacks ??= new Map();
    const totals = scope.stacks.get(stack) ?? [];
    scope.stacks.set(stack, totals);
    return seriesList.map((series) => {
      const graph = { stacked: true };
      const values = putOnTop(totals, series);
      if (stack !== UNNAMED) return copied(series, series.name, { values, graph, integers: false });
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
