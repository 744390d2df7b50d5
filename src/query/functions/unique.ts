import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";
import type { TimeSeries } from "../series.ts";

export const unique = graphiteFunction({
  name: "unique",
  group: "Filter Series",
  description: `All series of all arguments, of each name only the first.

    unique(highestMax(connect.prod.*.cpu,3),connect.prod.n1.cpu)`,
  parameters: { seriesLists: repeated(seriesList) },
  evaluate({ seriesLists }) {
    const byName = new Map<string, TimeSeries>();
    for (const series of seriesLists.flat()) if (!byName.has(series.name)) byName.set(series.name, series);
    return [...byName.values()];
  },
});
