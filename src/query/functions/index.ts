/** All functions. Written by `npm run fix`: add a file to the folder, not a line here. */
import { absolute } from "./absolute.ts";
import { add } from "./add.ts";
import { aggregate } from "./aggregate.ts";
import { aggregateLine } from "./aggregateLine.ts";
import { aggregateSeriesLists } from "./aggregateSeriesLists.ts";
import { aggregateWithWildcards } from "./aggregateWithWildcards.ts";
import { alias } from "./alias.ts";
import { aliasByMetric } from "./aliasByMetric.ts";
import { aliasByNode } from "./aliasByNode.ts";
import { aliasByTags } from "./aliasByTags.ts";
import { aliasQuery } from "./aliasQuery.ts";
import { aliasSub } from "./aliasSub.ts";
import { alpha } from "./alpha.ts";
import { applyByNode } from "./applyByNode.ts";
import { areaBetween } from "./areaBetween.ts";
import { asPercent } from "./asPercent.ts";
import { averageAbove } from "./averageAbove.ts";
import { averageBelow } from "./averageBelow.ts";
import { averageOutsidePercentile } from "./averageOutsidePercentile.ts";
import { averageSeries } from "./averageSeries.ts";
import { averageSeriesWithWildcards } from "./averageSeriesWithWildcards.ts";
import { cactiStyle } from "./cactiStyle.ts";
import { changed } from "./changed.ts";
import { color } from "./color.ts";
import { compressPeriodicGaps } from "./compressPeriodicGaps.ts";
import { consolidateBy } from "./consolidateBy.ts";
import { constantLine } from "./constantLine.ts";
import { countSeries } from "./countSeries.ts";
import { cumulative } from "./cumulative.ts";
import { currentAbove } from "./currentAbove.ts";
import { currentBelow } from "./currentBelow.ts";
import { dashed } from "./dashed.ts";
import { delay } from "./delay.ts";
import { derivative } from "./derivative.ts";
import { diffSeries } from "./diffSeries.ts";
import { diffSeriesLists } from "./diffSeriesLists.ts";
import { divideSeries } from "./divideSeries.ts";
import { divideSeriesLists } from "./divideSeriesLists.ts";
import { drawAsInfinite } from "./drawAsInfinite.ts";
import { exclude } from "./exclude.ts";
import { exp } from "./exp.ts";
import { exponentialMovingAverage } from "./exponentialMovingAverage.ts";
import { fallbackSeries } from "./fallbackSeries.ts";
import { filterSeries } from "./filterSeries.ts";
import { grep } from "./grep.ts";
import { group } from "./group.ts";
import { groupByNode } from "./groupByNode.ts";
import { groupByNodes } from "./groupByNodes.ts";
import { groupByTags } from "./groupByTags.ts";
import { highest } from "./highest.ts";
import { highestAverage } from "./highestAverage.ts";
import { highestCurrent } from "./highestCurrent.ts";
import { highestMax } from "./highestMax.ts";
import { hitcount } from "./hitcount.ts";
import { holtWintersAberration } from "./holtWintersAberration.ts";
import { holtWintersConfidenceArea } from "./holtWintersConfidenceArea.ts";
import { holtWintersConfidenceBands } from "./holtWintersConfidenceBands.ts";
import { holtWintersForecast } from "./holtWintersForecast.ts";
import { identity } from "./identity.ts";
import { integral } from "./integral.ts";
import { integralByInterval } from "./integralByInterval.ts";
import { interpolate } from "./interpolate.ts";
import { invert } from "./invert.ts";
import { isNonNull } from "./isNonNull.ts";
import { keepLastValue } from "./keepLastValue.ts";
import { legendValue } from "./legendValue.ts";
import { limit } from "./limit.ts";
import { linearRegression } from "./linearRegression.ts";
import { lineWidth } from "./lineWidth.ts";
import { log } from "./log.ts";
import { logit } from "./logit.ts";
import { lower } from "./lower.ts";
import { lowest } from "./lowest.ts";
import { lowestAverage } from "./lowestAverage.ts";
import { lowestCurrent } from "./lowestCurrent.ts";
import { mapSeries } from "./mapSeries.ts";
import { maximumAbove } from "./maximumAbove.ts";
import { maximumBelow } from "./maximumBelow.ts";
import { maxSeries } from "./maxSeries.ts";
import { minimumAbove } from "./minimumAbove.ts";
import { minimumBelow } from "./minimumBelow.ts";
import { minMax } from "./minMax.ts";
import { minSeries } from "./minSeries.ts";
import { mostDeviant } from "./mostDeviant.ts";
import { movingAverage } from "./movingAverage.ts";
import { movingMax } from "./movingMax.ts";
import { movingMedian } from "./movingMedian.ts";
import { movingMin } from "./movingMin.ts";
import { movingSum } from "./movingSum.ts";
import { movingWindow } from "./movingWindow.ts";
import { multiplySeries } from "./multiplySeries.ts";
import { multiplySeriesLists } from "./multiplySeriesLists.ts";
import { multiplySeriesWithWildcards } from "./multiplySeriesWithWildcards.ts";
import { nonNegativeDerivative } from "./nonNegativeDerivative.ts";
import { nPercentile } from "./nPercentile.ts";
import { offset } from "./offset.ts";
import { offsetToZero } from "./offsetToZero.ts";
import { percentileOfSeries } from "./percentileOfSeries.ts";
import { perSecond } from "./perSecond.ts";
import { pow } from "./pow.ts";
import { powSeries } from "./powSeries.ts";
import { randomWalkFunction } from "./randomWalkFunction.ts";
import { rangeOfSeries } from "./rangeOfSeries.ts";
import { reduceSeries } from "./reduceSeries.ts";
import { removeAbovePercentile } from "./removeAbovePercentile.ts";
import { removeAboveValue } from "./removeAboveValue.ts";
import { removeBelowPercentile } from "./removeBelowPercentile.ts";
import { removeBelowValue } from "./removeBelowValue.ts";
import { removeBetweenPercentile } from "./removeBetweenPercentile.ts";
import { removeEmptySeries } from "./removeEmptySeries.ts";
import { round } from "./round.ts";
import { scale } from "./scale.ts";
import { scaleToSeconds } from "./scaleToSeconds.ts";
import { secondYAxis } from "./secondYAxis.ts";
import { seriesByTag } from "./seriesByTag.ts";
import { setXFilesFactor } from "./setXFilesFactor.ts";
import { sigmoid } from "./sigmoid.ts";
import { sinFunction } from "./sinFunction.ts";
import { smartSummarize } from "./smartSummarize.ts";
import { sortBy } from "./sortBy.ts";
import { sortByMaxima } from "./sortByMaxima.ts";
import { sortByMinima } from "./sortByMinima.ts";
import { sortByName } from "./sortByName.ts";
import { sortByTotal } from "./sortByTotal.ts";
import { squareRoot } from "./squareRoot.ts";
import { stacked } from "./stacked.ts";
import { stddevSeries } from "./stddevSeries.ts";
import { stdev } from "./stdev.ts";
import { substr } from "./substr.ts";
import { summarize } from "./summarize.ts";
import { sumSeries } from "./sumSeries.ts";
import { sumSeriesLists } from "./sumSeriesLists.ts";
import { sumSeriesWithWildcards } from "./sumSeriesWithWildcards.ts";
import { threshold } from "./threshold.ts";
import { timeFunction } from "./timeFunction.ts";
import { timeShift } from "./timeShift.ts";
import { timeSlice } from "./timeSlice.ts";
import { timeStack } from "./timeStack.ts";
import { transformNull } from "./transformNull.ts";
import { unique } from "./unique.ts";
import { upper } from "./upper.ts";
import { useSeriesAbove } from "./useSeriesAbove.ts";
import { verticalLine } from "./verticalLine.ts";
import { weightedAverage } from "./weightedAverage.ts";

export const FUNCTIONS = [
  absolute,
  add,
  aggregate,
  aggregateLine,
  aggregateSeriesLists,
  aggregateWithWildcards,
  alias,
  aliasByMetric,
  aliasByNode,
  aliasByTags,
  aliasQuery,
  aliasSub,
  alpha,
  applyByNode,
  areaBetween,
  asPercent,
  averageAbove,
  averageBelow,
  averageOutsidePercentile,
  averageSeries,
  averageSeriesWithWildcards,
  cactiStyle,
  changed,
  color,
  compressPeriodicGaps,
  consolidateBy,
  constantLine,
  countSeries,
  cumulative,
  currentAbove,
  currentBelow,
  dashed,
  delay,
  derivative,
  diffSeries,
  diffSeriesLists,
  divideSeries,
  divideSeriesLists,
  drawAsInfinite,
  exclude,
  exp,
  exponentialMovingAverage,
  fallbackSeries,
  filterSeries,
  grep,
  group,
  groupByNode,
  groupByNodes,
  groupByTags,
  highest,
  highestAverage,
  highestCurrent,
  highestMax,
  hitcount,
  holtWintersAberration,
  holtWintersConfidenceArea,
  holtWintersConfidenceBands,
  holtWintersForecast,
  identity,
  integral,
  integralByInterval,
  interpolate,
  invert,
  isNonNull,
  keepLastValue,
  legendValue,
  limit,
  lineWidth,
  linearRegression,
  log,
  logit,
  lower,
  lowest,
  lowestAverage,
  lowestCurrent,
  mapSeries,
  maxSeries,
  maximumAbove,
  maximumBelow,
  minMax,
  minSeries,
  minimumAbove,
  minimumBelow,
  mostDeviant,
  movingAverage,
  movingMax,
  movingMedian,
  movingMin,
  movingSum,
  movingWindow,
  multiplySeries,
  multiplySeriesLists,
  multiplySeriesWithWildcards,
  nPercentile,
  nonNegativeDerivative,
  offset,
  offsetToZero,
  perSecond,
  percentileOfSeries,
  pow,
  powSeries,
  randomWalkFunction,
  rangeOfSeries,
  reduceSeries,
  removeAbovePercentile,
  removeAboveValue,
  removeBelowPercentile,
  removeBelowValue,
  removeBetweenPercentile,
  removeEmptySeries,
  round,
  scale,
  scaleToSeconds,
  secondYAxis,
  seriesByTag,
  setXFilesFactor,
  sigmoid,
  sinFunction,
  smartSummarize,
  sortBy,
  sortByMaxima,
  sortByMinima,
  sortByName,
  sortByTotal,
  squareRoot,
  stacked,
  stddevSeries,
  stdev,
  substr,
  sumSeries,
  sumSeriesLists,
  sumSeriesWithWildcards,
  summarize,
  threshold,
  timeFunction,
  timeShift,
  timeSlice,
  timeStack,
  transformNull,
  unique,
  upper,
  useSeriesAbove,
  verticalLine,
  weightedAverage,
] as const;
