import { type Points, pointsOf } from "../points.ts";
import { bracketed, type JsonLayout, jsonLayout, jsonString } from "../python/json.ts";
import { reprFloat } from "../python/number.ts";
import { isPretty, jsonAnswer } from "../request.ts";
import type { TimeSeries } from "../series.ts";
import type { RenderFormat } from "./format.ts";

/** `[{"target": …, "tags": {…}, "datapoints": [[value, seconds], …]}]`; nothing when no series has a value's place. */
export const jsonFormat: RenderFormat = {
  name: "json",
  write(list, { parameters, maxDataPoints }) {
    const layout = jsonLayout(isPretty(parameters));
    const dropNulls = parameters.has("noNullPoints");
    const texts: string[] = [];
    if (list.some(({ values }) => values.length > 0)) {
      pointsOf(list, maxDataPoints).forEach((points, i) => {
        const datapoints = datapointTexts(points, layout, dropNulls);
        if (!dropNulls || datapoints.length > 0) texts.push(seriesText(list[i]!, datapoints, layout));
      });
    }
    return jsonAnswer(parameters, bracketed("[", texts, "]", layout, 1));
  },
};

function seriesText(series: TimeSeries, datapoints: readonly string[], layout: JsonLayout): string {
  const tags = [...series.tags].map(([key, value]) => `${jsonString(key)}: ${jsonString(value)}`);
  const members = [
    `"target": ${jsonString(series.name)}`,
    `"tags": ${bracketed("{", tags, "}", layout, 3)}`,
    `"datapoints": ${bracketed("[", datapoints, "]", layout, 3)}`,
  ];
  return bracketed("{", members, "}", layout, 2);
}

function datapointTexts(points: Points, layout: JsonLayout, dropNulls: boolean): string[] {
  const open = `[${layout.edge(4)}`;
  const between = layout.between(4);
  const close = `${layout.edge(3)}]`;
  const texts: string[] = [];
  let seconds = points.startSeconds;
  for (const value of points.values) {
    if (!dropNulls || !Number.isNaN(value))
      texts.push(open + valueText(value, points.integers) + between + seconds + close);
    seconds += points.stepSeconds;
  }
  return texts;
}

function valueText(value: number, integer: boolean): string {
  if (Number.isNaN(value)) return "null";
  if (!Number.isFinite(value)) return value > 0 ? "1e9999" : "-1e9999";
  return integer ? String(value) : reprFloat(value);
}
