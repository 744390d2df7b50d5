import assert from "node:assert/strict";
import { test } from "node:test";
import { parseResolution, parseTimeRange } from "#src/rrd/at-time.ts";

const NOW = new Date(2026, 2, 31, 15, 4, 5).getTime() / 1000; // a Tuesday, local time

function local(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  return new Date(year, month - 1, day, hour, minute, second).getTime() / 1000;
}

const TIMES: readonly (readonly [text: string, seconds: number])[] = [
  ["now", NOW],
  ["-1h", NOW - 3600],
  ["now-90", NOW - 90],
  ["now-1h30m", NOW - 5400],
  ["-10m", NOW - 600],
  ["-1m", local(2026, 2, 31, 15, 4, 5)],
  ["-2d", local(2026, 3, 29, 15, 4, 5)],
  ["1700000000", 1_700_000_000],
  ["noon yesterday", local(2026, 3, 30, 12)],
  ["teatime tomorrow", local(2026, 4, 1, 16)],
  ["midnight", local(2026, 3, 31)],
  ["5:30pm", local(2026, 3, 31, 17, 30)],
  ["12am", local(2026, 3, 31)],
  ["9 sunday", local(2026, 3, 29, 9)],
  ["20260302", local(2026, 3, 2)],
  ["17:30 20260302", local(2026, 3, 2, 17, 30)],
  ["20260302 17:30", local(2026, 3, 2, 17, 30)],
  ["24.12.2025 8:00", local(2025, 12, 24, 8)],
  ["12/24/25", local(2025, 12, 24)],
  ["Jan 3 2025", local(2025, 1, 3, 15, 4, 5)],
];

for (const [text, seconds] of TIMES) {
  test(`${text}`, () => assert.equal(parseTimeRange(text, "now", NOW).startSeconds, seconds));
}

test("a start can follow the end, and an end the start", () => {
  assert.deepEqual(parseTimeRange("end-2h", "1700000000", NOW), {
    startSeconds: 1_699_992_800,
    endSeconds: 1_700_000_000,
  });
  assert.deepEqual(parseTimeRange("1700000000", "start+1d", NOW).endSeconds, 1_700_086_400);
});

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  ["", /it is empty/],
  ["soon", /can't begin with "soon"/],
  ["start-1h", /relative to itself/],
  ["end", /followed by \+ or -/],
  ["now-1fortnight", /"fortnight" is no unit/],
  ["now-", /the number after \+ or - is missing/],
  ["12:75", /75 is no minute/],
  ["13pm", /no hour 13 am or pm/],
  ["32.1.2026", /no day 32/],
  ["13/13/2026", /no month 13/],
  ["24.12.1950", /no year after 1970/],
  ["99", /99 is no date/],
  ["now tomorrow", /from "tomorrow" on/],
];

for (const [text, message] of WRONG) {
  test(`"${text}" is refused with a reason`, () => {
    assert.throws(() => parseTimeRange(text, "now", NOW), { code: "RRD_TIME", message });
  });
}

test("resolutions have units", () => {
  assert.deepEqual(
    ["300", "30s", "5m", "1h", "2d", "1w", "1M", "1y"].map(parseResolution),
    [300, 30, 300, 3_600, 172_800, 604_800, 2_678_400, 31_622_400],
  );
  for (const text of ["", "0", "-5", "5 m", "1.5h", "5x"]) {
    assert.throws(() => parseResolution(text), { code: "RRD_TIME" }, text);
  }
});
