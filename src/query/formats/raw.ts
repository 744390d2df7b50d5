import { formatInteger, numberText } from "../python/number.ts";
import type { TimeSeries } from "../series.ts";
import type { RenderFormat } from "./format.ts";

/** `name,start,end,step|value,None,…`, a line for each series, all its values. */
export const rawFormat: RenderFormat = {
  name: "raw",
  write: (list) => ({ status: 200, contentType: "text/plain", body: list.map(line).join("") }),
};

function line({ name, startSeconds, endSeconds, stepSeconds, values, integers }: TimeSeries): string {
  const range = [startSeconds, endSeconds, stepSeconds].map(formatInteger).join(",");
  const texts = Array.from(values, (value) =>
    Number.isNaN(value) ? "None" : numberText({ value, integer: integers }),
  );
  return `${name},${range}|${texts.join(",")}\n`;
}
