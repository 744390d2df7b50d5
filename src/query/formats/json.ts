import { ByteWriter } from "../../core/byte-writer.ts";
import { type Points, pointsOf } from "../points.ts";
import { bracketed, type JsonLayout, jsonLayout, jsonString } from "../python/json.ts";
import { reprFloat } from "../python/number.ts";
import { isPretty, jsonAnswer } from "../request.ts";
import type { TimeSeries } from "../series.ts";
import type { RenderFormat } from "./format.ts";

/** Bytes of a point, mostly: a number of many digits, ten of time, and what stands between them. */
const POINT_BYTES = 34;

/** `[{"target": …, "tags": {…}, "datapoints": [[value, seconds], …]}]`; nothing when no series has a value's place. */
export const jsonFormat: RenderFormat = {
  name: "json",
  write(list, { parameters, maxDataPoints }) {
    const layout = jsonLayout(isPretty(parameters));
    const dropNulls = parameters.has("noNullPoints");
    const hasPlaces = list.some(({ values }) => values.length > 0);
    const shown = (hasPlaces ? pointsOf(list, maxDataPoints) : [])
      .map((points, i) => ({ series: list[i]!, points }))
      .filter(({ points }) => !dropNulls || points.values.some((value) => !Number.isNaN(value)));
    const places = shown.reduce((sum, { points }) => sum + points.values.length, 0);
    const out = new ByteWriter(places * POINT_BYTES + shown.length * 256);
    writeBracketed(out, "[", shown, "]", layout, 1, ({ series, points }) => {
      writeSeries(out, series, points, layout, dropNulls);
    });
    return jsonAnswer(parameters, out.bytes());
  },
};

function writeSeries(
  out: ByteWriter,
  series: TimeSeries,
  points: Points,
  layout: JsonLayout,
  dropNulls: boolean,
): void {
  const tags = [...series.tags].map(([key, value]) => `${jsonString(key)}: ${jsonString(value)}`);
  const head = [`"target": ${jsonString(series.name)}`, `"tags": ${bracketed("{", tags, "}", layout, 3)}`];
  out.ascii(`{${layout.edge(2)}${head.join(layout.between(2))}${layout.between(2)}"datapoints": `);
  writePoints(out, points, layout, dropNulls);
  out.ascii(`${layout.edge(1)}}`);
}

function writePoints(out: ByteWriter, points: Points, layout: JsonLayout, dropNulls: boolean): void {
  const { values, integers, stepSeconds } = points;
  const [first, next] = [`[${layout.edge(4)}`, `${layout.between(3)}[${layout.edge(4)}`];
  const between = layout.between(4);
  const close = `${layout.edge(3)}]`;
  let count = 0;
  let seconds = points.startSeconds;
  for (let i = 0; i < values.length; i++, seconds += stepSeconds) {
    const value = values[i]!;
    if (dropNulls && Number.isNaN(value)) continue;
    out.ascii(count++ === 0 ? `[${layout.edge(3)}${first}` : next);
    out.ascii(valueText(value, integers));
    out.ascii(between);
    out.ascii(String(seconds));
    out.ascii(close);
  }
  out.ascii(count === 0 ? "[]" : `${layout.edge(2)}]`);
}

function writeBracketed<T>(
  out: ByteWriter,
  open: string,
  items: readonly T[],
  close: string,
  layout: JsonLayout,
  depth: number,
  write: (item: T) => void,
): void {
  out.ascii(open);
  items.forEach((item, i) => {
    out.ascii(i === 0 ? layout.edge(depth) : layout.between(depth));
    write(item);
  });
  out.ascii(items.length === 0 ? close : layout.edge(depth - 1) + close);
}

function valueText(value: number, integer: boolean): string {
  if (Number.isNaN(value)) return "null";
  if (!Number.isFinite(value)) return value > 0 ? "1e9999" : "-1e9999";
  return integer ? String(value) : reprFloat(value);
}
