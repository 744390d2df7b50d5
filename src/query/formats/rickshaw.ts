import { bracketed, type JsonLayout, jsonLayout, jsonString } from "../python/json.ts";
import { numberText } from "../python/number.ts";
import { isPretty, jsonAnswer } from "../request.ts";
import type { TimeSeries } from "../series.ts";
import type { RenderFormat } from "./format.ts";

/** For the Rickshaw library: `[{"target": …, "datapoints": [{"x": seconds, "y": value}, …]}]`. */
export const rickshawFormat: RenderFormat = {
  name: "rickshaw",
  write(list, { parameters }) {
    const layout = jsonLayout(isPretty(parameters));
    return jsonAnswer(
      parameters,
      bracketed(
        "[",
        list.map((series) => seriesText(series, layout)),
        "]",
        layout,
        1,
      ),
    );
  },
};

function seriesText(series: TimeSeries, layout: JsonLayout): string {
  const { startSeconds, endSeconds, stepSeconds, values, integers } = series;
  const shown = Math.min(values.length, Math.max(0, Math.ceil((endSeconds - startSeconds) / stepSeconds)));
  const datapoints = Array.from(values.subarray(0, shown), (value, i) => {
    const y = Number.isNaN(value) ? "null" : Number.isFinite(value) ? numberText({ value, integer: integers }) : value;
    return bracketed("{", [`"x": ${startSeconds + i * stepSeconds}`, `"y": ${y}`], "}", layout, 4);
  });
  const members = [
    `"target": ${jsonString(series.name)}`,
    `"datapoints": ${bracketed("[", datapoints, "]", layout, 3)}`,
  ];
  return bracketed("{", members, "}", layout, 2);
}
