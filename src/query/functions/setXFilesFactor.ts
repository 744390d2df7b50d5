import { graphiteFunction } from "../function.ts";
import { float, required, seriesList } from "../parameters.ts";
import { reprFloat } from "../python/number.ts";
import { withTag } from "../series.ts";

export const setXFilesFactor = graphiteFunction({
  name: "setXFilesFactor",
  aliases: ["xFilesFactor"],
  group: "Special",
  description: `The share of values, 0 to 1, that must be known for several to become one. It holds for these series, and for whatever is evaluated after it in the same request.

    xFilesFactor(connect.prod.n1.cpu,0.5)`,
  parameters: { seriesList: required(seriesList), xFilesFactor: required(float) },
  evaluate({ seriesList, xFilesFactor }, { scope }) {
    scope.xFilesFactor = xFilesFactor;
    return seriesList.map((series) => ({
      ...series,
      xFilesFactor,
      tags: withTag(series.tags, "xFilesFactor", reprFloat(xFilesFactor)),
    }));
  },
});
