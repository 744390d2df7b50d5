import { graphiteFunction } from "../function.ts";
import { BOOTSTRAP_SUGGESTIONS, confidenceBands, SEASON_SUGGESTIONS } from "../holt-winters.ts";
import { integer, interval, required, seriesList, withDefault } from "../parameters.ts";
import { areaSeries } from "./areaBetween.ts";

export const holtWintersConfidenceArea = graphiteFunction({
  name: "holtWintersConfidenceArea",
  group: "Calculate",
  description: `The area between the two bands of holtWintersConfidenceBands, of exactly one series.

    holtWintersConfidenceArea(connect.prod._cluster.sessions,3)`,
  parameters: {
    seriesList: required(seriesList),
    delta: withDefault(integer, 3),
    bootstrapInterval: withDefault(interval, "7d", { suggestions: BOOTSTRAP_SUGGESTIONS }),
    seasonality: withDefault(interval, "1d", { suggestions: SEASON_SUGGESTIONS }),
  },
  async evaluate({ delta, bootstrapInterval, seasonality }, call) {
    const bands = await confidenceBands(call, delta, bootstrapInterval, seasonality);
    const [band] = bands;
    if (band === undefined || bands.length > 1)
      throw call.error(`needs exactly one series, and is given ${bands.length}`);
    const area = areaSeries(band.lower, band.upper, "holtWintersConfidenceArea");
    return area.map((series) => ({ ...series, pathExpression: series.name }));
  },
});
