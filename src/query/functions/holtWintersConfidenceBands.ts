import { graphiteFunction } from "../function.ts";
import { BOOTSTRAP_SUGGESTIONS, confidenceBands, SEASON_SUGGESTIONS } from "../holt-winters.ts";
import { integer, interval, required, seriesList, withDefault } from "../parameters.ts";

export const holtWintersConfidenceBands = graphiteFunction({
  name: "holtWintersConfidenceBands",
  group: "Calculate",
  description: `Two series around the forecast by Holt and Winters, \`delta\` usual errors below and above it.

    holtWintersConfidenceBands(connect.prod._cluster.sessions,3)`,
  parameters: {
    seriesList: required(seriesList),
    delta: withDefault(integer, 3),
    bootstrapInterval: withDefault(interval, "7d", { suggestions: BOOTSTRAP_SUGGESTIONS }),
    seasonality: withDefault(interval, "1d", { suggestions: SEASON_SUGGESTIONS }),
  },
  async evaluate({ delta, bootstrapInterval, seasonality }, call) {
    const bands = await confidenceBands(call, delta, bootstrapInterval, seasonality);
    return bands.flatMap(({ lower, upper }) => [lower, upper]);
  },
});
