import { jsonString } from "../python/json.ts";
import { numberText } from "../python/number.ts";
import { jsonAnswer } from "../request.ts";
import type { SeriesList } from "../series.ts";
import type { RenderFormat } from "./format.ts";

/** For the Dygraphs library: labels, and a row for each time of the first series, in milliseconds. */
export const dygraphFormat: RenderFormat = {
  name: "dygraph",
  write: (list, { parameters }) => jsonAnswer(parameters, list.length === 0 ? "{}" : table(list)),
};

function table(list: SeriesList): string {
  const { startSeconds, endSeconds, stepSeconds } = list[0]!;
  const rows: string[] = [];
  for (let seconds = startSeconds, i = 0; seconds < endSeconds; seconds += stepSeconds, i++) {
    const cells = list.map(({ values, integers }) => cell(values[i], integers));
    rows.push(`[${seconds}000, ${cells.join(", ")}]`);
  }
  const labels = ["Time", ...list.map(({ name }) => name)].map(jsonString).join(", ");
  return `{"labels" : [${labels}], "data" : [${rows.join(", ")}]}`;
}

function cell(value: number | undefined, integer: boolean): string {
  if (value === undefined || Number.isNaN(value)) return "null";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return numberText({ value, integer });
}
