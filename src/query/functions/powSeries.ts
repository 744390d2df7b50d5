import { align, foldRows } from "../alignment.ts";
import { graphiteFunction } from "../function.ts";
import { repeated, seriesList } from "../parameters.ts";
import { power } from "../python/math.ts";
import { newSeries } from "../series.ts";

export const powSeries = graphiteFunction({
  name: "powSeries",
  group: "Combine",
  description: `The first series to the power of the second, that to the power of the third, and so on; null as soon as one is null.

    powSeries(connect.prod.n1.load,constantLine(2))`,
  aggregator: true,
  parameters: { seriesList: repeated(seriesList) },
  evaluate({ seriesList }, { scope }) {
    const list = seriesList.flat();
    const alignment = align(list);
    if (alignment === undefined) return [];
    const { startSeconds, endSeconds, stepSeconds, columns } = alignment;
    const fold = (values: Float64Array, from: number, to: number): number => {
      let result = values[from]!;
      for (let i = from + 1; i < to; i++) result = Number.isNaN(result) ? result : raise(result, values[i]!);
      return result;
    };
    return [
      newSeries({
        name: `powSeries(${list.map(({ name }) => name).join(",")})`,
        startSeconds,
        endSeconds,
        stepSeconds,
        values: foldRows(columns, fold),
        xFilesFactor: scope.xFilesFactor,
      }),
    ];
  },
});

/** Anything to the power of null is null, also 1. */
function raise(base: number, exponent: number): number {
  return Number.isNaN(exponent) ? exponent : power(base, exponent);
}
