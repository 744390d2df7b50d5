import { graphiteFunction } from "../function.ts";
import { BOOTSTRAP_SUGGESTIONS, bootstrapForecasts, SEASON_SUGGESTIONS } from "../holt-winters.ts";
import { interval, required, seriesList, withDefault } from "../parameters.ts";
import { newSeries } from "../series.ts";

export const holtWintersForecast = graphiteFunction({
  name: "holtWintersForecast",
  group: "Calculate",
  description: `What could have been foretold of each series, by the method of Holt and Winters, from its level, its trend and its season, beginning to learn \`bootstrapInterval\` before the range.

    holtWintersForecast(connect.prod._cluster.sessions)`,
  parameters: {
    seriesList: required(seriesList),
    bootstrapInterval: withDefault(interval, "7d", { suggestions: BOOTSTRAP_SUGGESTIONS }),
    seasonality: withDefault(interval, "1d", { suggestions: SEASON_SUGGESTIONS }),
  },
  async evaluate({ bootstrapInterval, seasonality }, call) {
    const forecasts = await bootstrapForecasts(call, bootstrapInterval, seasonality);
    return forecasts.map(({ source, startSeconds, predictions }) =>
      newSeries({
        name: `holtWintersForecast(${source.name})`,
        startSeconds,
        endSeconds: source.endSeconds,
        stepSeconds: source.stepSeconds,
        values: predictions,
        tags: source.tags,
        xFilesFactor: source.xFilesFactor,
      }),
    );
  },
});
