/** Forecasts by Holt and Winters: level, trend and season of a series, each smoothed exponentially (functions.py). */
import type { Call } from "./function.ts";
import type { Interval } from "./parameters.ts";
import { newSeries, type TimeSeries, withTag } from "./series.ts";

const ALPHA = 0.1;
const BETA = 0.0035;
const GAMMA = 0.1;
/** A season of fewer points would look at itself. */
const SHORTEST_SEASON = 2;

export interface Forecast {
  readonly predictions: Float64Array;
  /** How far the values lay from the predictions, smoothed like the season. */
  readonly deviations: Float64Array;
}

export function forecast(values: Float64Array, seasonPoints: number): Forecast {
  const season = Math.max(SHORTEST_SEASON, seasonPoints);
  const predictions = new Float64Array(values.length).fill(Number.NaN);
  const [deviations, seasonals, slopes] = [0, 1, 2].map(() => new Float64Array(values.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let level = Number.NaN;
  let next = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const actual = values[i]!;
    predictions[i] = i === 0 ? actual : next;
    if (Number.isNaN(actual)) {
      // graphite-web: missing values break the model, which begins again with the next one.
      if (i === 0) predictions[i] = Number.NaN;
      level = Number.NaN;
      next = Number.NaN;
      continue;
    }
    const lastLevel = Number.isNaN(level) ? actual : level;
    const lastSlope = i === 0 ? 0 : slopes[i - 1]!;
    const lastSeasonal = seasonals[i - season] ?? 0;
    level = ALPHA * (actual - lastSeasonal) + (1 - ALPHA) * (lastLevel + lastSlope);
    slopes[i] = BETA * (level - lastLevel) + (1 - BETA) * lastSlope;
    seasonals[i] = GAMMA * (actual - level) + (1 - GAMMA) * lastSeasonal;
    next = level + slopes[i]! + (seasonals[i + 1 - season] ?? 0);
    const missed = Math.abs(actual - (predictions[i]! || 0));
    deviations[i] = GAMMA * missed + (1 - GAMMA) * (deviations[i - season] ?? 0);
  }
  return { predictions, deviations };
}

export interface Bootstrapped extends Forecast {
  /** What was forecast, from the bootstrap interval before the range on, with the tags that the analysis leaves. */
  readonly source: TimeSeries;
  /** Of the first prediction that lies in the range. */
  readonly startSeconds: number;
}

/** The first argument from earlier on, and what could have been foretold of it in the range. */
export async function bootstrapForecasts(
  call: Call,
  bootstrap: Interval,
  seasonality: Interval,
): Promise<Bootstrapped[]> {
  const sources = await call.again({ fromSeconds: call.scope.fromSeconds - bootstrap.seconds });
  return sources.map((series) => {
    const { predictions, deviations } = forecast(series.values, Math.floor(seasonality.seconds / series.stepSeconds));
    const skipped = Math.max(0, Math.floor(bootstrap.seconds / series.stepSeconds));
    const tags = withTag(withTag(series.tags, "holtWintersForecast", "1"), "holtWintersDeviation", "1");
    return {
      source: { ...series, tags },
      startSeconds: series.startSeconds + bootstrap.seconds,
      predictions: predictions.slice(skipped),
      deviations: deviations.slice(skipped),
    };
  });
}

export interface Band {
  readonly lower: TimeSeries;
  readonly upper: TimeSeries;
}

/** Predictions less and plus so many deviations. */
export async function confidenceBands(
  call: Call,
  delta: number,
  bootstrap: Interval,
  seasonality: Interval,
): Promise<Band[]> {
  const forecasts = await bootstrapForecasts(call, bootstrap, seasonality);
  return forecasts.map(({ source, startSeconds, predictions, deviations }) => {
    const marked = withTag(source.tags, "holtWintersConfidenceUpper", "1");
    const tags = withTag(marked, "holtWintersConfidenceLower", "1");
    const band = (which: string, sign: number): TimeSeries =>
      newSeries({
        name: `holtWintersConfidence${which}(${source.name})`,
        pathExpression: source.pathExpression,
        startSeconds,
        endSeconds: source.endSeconds,
        stepSeconds: source.stepSeconds,
        values: predictions.map((prediction, i) => prediction + sign * (delta * deviations[i]!)),
        tags,
        xFilesFactor: source.xFilesFactor,
      });
    return { lower: band("Lower", -1), upper: band("Upper", 1) };
  });
}

export const BOOTSTRAP_SUGGESTIONS = ["7d", "30d"];
export const SEASON_SUGGESTIONS = ["1d", "7d"];
