import { graphiteFunction } from "../function.ts";
import { required, seriesList } from "../parameters.ts";
import { mapValues, renamed } from "../series.ts";

export const changed = graphiteFunction({
  name: "changed",
  group: "Special",
  description: `1 where the value is another than the last one known, else 0.

    changed(connect.prod.n1.version)`,
  parameters: { seriesList: required(seriesList) },
  evaluate: ({ seriesList }) =>
    seriesList.map((series) => {
      let before = Number.NaN;
      const isNew = (value: number): number => {
        const differs = value !== before && !Number.isNaN(value) && !Number.isNaN(before);
        if (!Number.isNaN(value)) before = value;
        return Number(differs);
      };
      return renamed(series, `changed(${series.name})`, { values: mapValues(series.values, isNew), integers: true });
    }),
});
