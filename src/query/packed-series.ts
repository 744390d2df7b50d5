/**
 * Fetched series on their way to a thread: ten thousand objects would take longer to copy than to evaluate. Names go as a
 * list, places as numbers, and all values lie in one array, which is shared where it is large.
 */
import type { FetchedSeries } from "../core/series-store.ts";

export interface PackedSeries {
  readonly paths: readonly string[];
  /** Of each series: start, end and step in seconds, where its values begin, and how many they are. */
  readonly places: Float64Array;
  readonly values: Float64Array;
}

const PLACE = 5;

export function packSeries(list: readonly FetchedSeries[]): PackedSeries {
  const places = new Float64Array(list.length * PLACE);
  const together = list.every(({ values }) => values.buffer === list[0]!.values.buffer);
  const values = together ? wholeOf(list) : gathered(list);
  let at = 0;
  list.forEach((series, i) => {
    const { startSeconds, endSeconds, stepSeconds } = series;
    const from = together ? series.values.byteOffset / Float64Array.BYTES_PER_ELEMENT : at;
    places.set([startSeconds, endSeconds, stepSeconds, from, series.values.length], i * PLACE);
    at += series.values.length;
  });
  return { paths: list.map(({ path }) => path), places, values };
}

export function unpackSeries({ paths, places, values }: PackedSeries): FetchedSeries[] {
  return paths.map((path, i) => {
    const place = i * PLACE;
    const from = places[place + 3]!;
    return {
      path,
      startSeconds: places[place]!,
      endSeconds: places[place + 1]!,
      stepSeconds: places[place + 2]!,
      values: values.subarray(from, from + places[place + 4]!),
    };
  });
}

function wholeOf(list: readonly FetchedSeries[]): Float64Array {
  return list.length === 0 ? new Float64Array(0) : new Float64Array(list[0]!.values.buffer);
}

function gathered(list: readonly FetchedSeries[]): Float64Array {
  const length = list.reduce((sum, { values }) => sum + values.length, 0);
  const all = new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
  let at = 0;
  for (const { values } of list) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}
