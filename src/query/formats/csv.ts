import { numberText } from "../python/number.ts";
import type { TimeSeries } from "../series.ts";
import { type TimeZone, wallTime } from "../time-zone.ts";
import type { RenderFormat } from "./format.ts";

/** `name,YYYY-MM-DD HH:MM:SS,value`, a line for each value of each series, by the wall clock of the request's zone. */
export const csvFormat: RenderFormat = {
  name: "csv",
  write: (list, { timeZone }) => ({
    status: 200,
    contentType: "text/csv",
    body: list.map((series) => lines(series, timeZone)).join(""),
  }),
};

function lines(series: TimeSeries, zone: TimeZone): string {
  const name = quoted(series.name);
  let text = "";
  series.values.forEach((value, i) => {
    const number = Number.isNaN(value) ? "" : numberText({ value, integer: series.integers });
    text += `${name},${wallText(series.startSeconds + i * series.stepSeconds, zone)},${number}\r\n`;
  });
  return text;
}

/** Only where it has to be, as Python's `csv` does. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function wallText(seconds: number, zone: TimeZone): string {
  const wall = wallTime(seconds, zone);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = [String(wall.year).padStart(4, "0"), two(wall.month), two(wall.day)].join("-");
  return `${date} ${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
}
