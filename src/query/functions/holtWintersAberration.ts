import { graphiteFunction } from "../function.ts";
import { type Band, BOOTSTRAP_SUGGESTIONS, confidenceBands, SEASON_SUGGESTIONS } from "../holt-winters.ts";
import { integer, interval, required, seriesList, withDefault } from "../parameters.ts";
import { newSeries, type TimeSeries, withTag } from "../series.ts";

export const holtWintersAberration = graphiteFunction({
  name: "holtWintersAberration",
  group: "Calculate",
  description: `How far each value lies outside of the bands of holtWintersConfidenceBands: negative below them, 0 within.

    holtWintersAberration(connect.prod._cluster.sessions,3)`,
  parameters: {
    seriesList: required(seriesList),
    delta: withDefault(integer, 3),
    bootstrapInterval: withDefault(interval, "7d", { suggestions: BOOTSTRAP_SUGGESTIONS }),
    seasonality: withDefault(interval, "1d", { suggestions: SEASON_SUGGESTIONS }),
  },
  async evaluate({ seriesList, delta, bootstrapInterval, seasonality }, call) {
    const bands = await confidenceBands(call, delta, bootstrapInterval, seasonality);
    const byName = new Map(bands.map((band) => [band.upper.name, band]));
    return seriesList.map((series) => {
      const band = byName.get(`holtWintersConfidenceUpper(${series.name})`);
      if (band === undefined) throw call.error(`finds nothing of ${series.name} before the range`);
      const { startSeconds, endSeconds, stepSeconds, xFilesFactor } = series;
      return newSeries({
        name: `holtWintersAberration(${series.name})`,
        startSeconds,
        endSeconds,
        stepSeconds,
        values: aberrations(series, band),
        tags: withTag(series.tags, "holtWintersAberration", "1"),
        xFilesFactor,
      });
    });
  },
});

function aberrations({ values }: TimeSeries, { lower, upper }: Band): Float64Array {
  return values.map((value, i) => {
    const [low, high] = [lower.values[i] ?? Number.NaN, upper.values[i] ?? Number.NaN];
    if (value > high) return value - high;
    return value < low ? value - low : 0;
  });
}
