/** All functions. Written by `npm run fix`: add a file to the folder, not a line here. */
import { aggregate } from "./aggregate.ts";
import { aggregateWithWildcards } from "./aggregateWithWildcards.ts";
import { alias } from "./alias.ts";
import { aliasByMetric } from "./aliasByMetric.ts";
import { aliasByNode } from "./aliasByNode.ts";
import { aliasByTags } from "./aliasByTags.ts";
import { aliasSub } from "./aliasSub.ts";
import { asPercent } from "./asPercent.ts";
import { averageAbove } from "./averageAbove.ts";
import { averageBelow } from "./averageBelow.ts";
import { averageSeries } from "./averageSeries.ts";
import { averageSeriesWithWildcards } from "./averageSeriesWithWildcards.ts";
import { consolidateBy } from "./consolidateBy.ts";
import { constantLine } from "./constantLine.ts";
import { countSeries } from "./countSeries.ts";
import { cumulative } from "./cumulative.ts";
import { currentAbove } from "./currentAbove.ts";
import { currentBelow } from "./currentBelow.ts";
import { derivative } from "./derivative.ts";
import { diffSeries } from "./diffSeries.ts";
import { divideSeries } from "./divideSeries.ts";
import { filterSeries } from "./filterSeries.ts";
import { group } from "./group.ts";
import { groupByNode } from "./groupByNode.ts";
import { groupByNodes } from "./groupByNodes.ts";
import { groupByTags } from "./groupByTags.ts";
import { highest } from "./highest.ts";
import { highestAverage } from "./highestAverage.ts";
import { highestCurrent } from "./highestCurrent.ts";
import { highestMax } from "./highestMax.ts";
import { hitcount } from "./hitcount.ts";
import { integral } from "./integral.ts";
import { keepLastValue } from "./keepLastValue.ts";
import { limit } from "./limit.ts";
import { lowest } from "./lowest.ts";
import { lowestAverage } from "./lowestAverage.ts";
import { lowestCurrent } from "./lowestCurrent.ts";
import { maximumAbove } from "./maximumAbove.ts";
import { maximumBelow } from "./maximumBelow.ts";
import { maxSeries } from "./maxSeries.ts";
import { minimumAbove } from "./minimumAbove.ts";
import { minimumBelow } from "./minimumBelow.ts";
import { minSeries } from "./minSeries.ts";
import { movingAverage } from "./movingAverage.ts";
import { movingMax } from "./movingMax.ts";
import { movingMedian } from "./movingMedian.ts";
import { movingMin } from "./movingMin.ts";
import { movingSum } from "./movingSum.ts";
import { movingWindow } from "./movingWindow.ts";
import { multiplySeriesWithWildcards } from "./multiplySeriesWithWildcards.ts";
import { nonNegativeDerivative } from "./nonNegativeDerivative.ts";
import { offset } from "./offset.ts";
import { percentileOfSeries } from "./percentileOfSeries.ts";
import { perSecond } from "./perSecond.ts";
import { rangeOfSeries } from "./rangeOfSeries.ts";
import { removeAboveValue } from "./removeAboveValue.ts";
import { removeBelowValue } from "./removeBelowValue.ts";
import { scale } from "./scale.ts";
import { seriesByTag } from "./seriesByTag.ts";
import { setXFilesFactor } from "./setXFilesFactor.ts";
import { smartSummarize } from "./smartSummarize.ts";
import { sortBy } from "./sortBy.ts";
import { sortByMaxima } from "./sortByMaxima.ts";
import { sortByName } from "./sortByName.ts";
import { sortByTotal } from "./sortByTotal.ts";
import { stddevSeries } from "./stddevSeries.ts";
import { substr } from "./substr.ts";
import { summarize } from "./summarize.ts";
import { sumSeries } from "./sumSeries.ts";
import { sumSeriesWithWildcards } from "./sumSeriesWithWildcards.ts";
import { threshold } from "./threshold.ts";
import { timeFunction } from "./timeFunction.ts";
import { timeShift } from "./timeShift.ts";
import { transformNull } from "./transformNull.ts";

export const FUNCTIONS = [
  aggregate,
  aggregateWithWildcards,
  alias,
  aliasByMetric,
  aliasByNode,
  aliasByTags,
  aliasSub,
  asPercent,
  averageAbove,
  averageBelow,
  averageSeries,
  averageSeriesWithWildcards,
  consolidateBy,
  constantLine,
  countSeries,
  cumulative,
  currentAbove,
  currentBelow,
  derivative,
  diffSeries,
  divideSeries,
  filterSeries,
  group,
  groupByNode,
  groupByNodes,
  groupByTags,
  highest,
  highestAverage,
  highestCurrent,
  highestMax,
  hitcount,
  integral,
  keepLastValue,
  limit,
  lowest,
  lowestAverage,
  lowestCurrent,
  maxSeries,
  maximumAbove,
  maximumBelow,
  minSeries,
  minimumAbove,
  minimumBelow,
  movingAverage,
  movingMax,
  movingMedian,
  movingMin,
  movingSum,
  movingWindow,
  multiplySeriesWithWildcards,
  nonNegativeDerivative,
  offset,
  perSecond,
  percentileOfSeries,
  rangeOfSeries,
  removeAboveValue,
  removeBelowValue,
  scale,
  seriesByTag,
  setXFilesFactor,
  smartSummarize,
  sortBy,
  sortByMaxima,
  sortByName,
  sortByTotal,
  stddevSeries,
  substr,
  sumSeries,
  sumSeriesWithWildcards,
  summarize,
  threshold,
  timeFunction,
  timeShift,
  transformNull,
] as const;
