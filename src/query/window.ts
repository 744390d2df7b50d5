/**
 * Moving windows: each value is made of those before it. The argument is evaluated again from earlier on, so that the
 * first values are as good as the last (functions.py `movingWindow` as of 1.1.9: the window ends with the value's own
 * point; 1.1.8 ends it one point earlier).
 */
import { type Aggregation, aggregationOf, integersAfter } from "./aggregation.ts";
import { isEnough } from "./consolidation.ts";
import type { Call, Result } from "./function.ts";
import type { Window } from "./parameters.ts";
import { copied, type SeriesList, type TimeSeries, withTag } from "./series.ts";

export const WINDOW_SUGGESTIONS = [5, 7, 10, "1min", "5min", "10min", "30min", "1hour"];

export async function moveWindow(
  call: Call,
  list: SeriesList,
  window: Window,
  aggregation: string,
  xFilesFactor: number | undefined,
): Promise<Result> {
  if (list.length === 0) return [];
  const preview = previewSeconds(call, list, window);
  const earlier = await call.again({ fromSeconds: call.scope.fromSeconds - preview });
  const tag = `moving${capitalize(aggregation)}`;
  return earlier.map((series) => {
    const points = windowPoints(series, window);
    const by = aggregationOf(aggregation);
    return copied(series, `${tag}(${series.name},${quotedWindow(window)})`, {
      tags: withTag(series.tags, tag, window.text),
      startSeconds: series.startSeconds + preview,
      values: windowValues(call, series, points, by, xFilesFactor ?? series.xFilesFactor),
      integers: integersAfter(by, series.integers),
    });
  });
}

/** How much earlier the data has to begin. */
export function previewSeconds(call: Call, list: SeriesList, window: Window): number {
  if (window.kind === "time") return window.seconds;
  if (window.points < 0) throw call.error(`needs a window of at least 0 points, and is given ${window.text}`);
  return window.points * list.reduce((most, series) => Math.max(most, series.stepSeconds), 0);
}

export function windowPoints(series: TimeSeries, window: Window): number {
  return window.kind === "points" ? window.points : Math.floor(window.seconds / series.stepSeconds);
}

export function quotedWindow(window: Window): string {
  return window.kind === "points" ? window.text : `"${window.text}"`;
}

function windowValues(
  call: Call,
  series: TimeSeries,
  points: number,
  aggregation: Aggregation,
  xFilesFactor: number,
): Float64Array {
  const { values } = series;
  const result = call.allocate(Math.max(0, values.length - points));
  // What is known of a window, for aggregations that would count a null.
  const known = new Float64Array(points);
  for (let i = 0; i < result.length; i++) {
    let count = 0;
    for (let j = i + 1; j <= i + points; j++) if (!Number.isNaN(values[j])) known[count++] = values[j]!;
    if (isEnough(count, points, xFilesFactor)) result[i] = aggregation.of(known, 0, count);
  }
  return result;
}

/** Python's `str.capitalize`: the rest in lower case. */
function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}
