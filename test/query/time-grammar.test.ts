/** Times and intervals as graphite-web 1.1.10 reads them, its mistakes included; the expectations are its answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInterval, parseTime } from "#src/query/time-grammar.ts";
import { epochSeconds, timeZone, UTC, wallTime } from "#src/query/time-zone.ts";

/** Tuesday, 14 November 2023, 22:13:20 UTC. */
const NOW = 1_700_000_000;
const utc = { nowSeconds: NOW, timeZone: UTC };
const zoned = (name: string) => ({ nowSeconds: NOW, timeZone: timeZone(name)! });
const iso = (text: string): number => Date.parse(text) / 1000;

const TIMES: readonly (readonly [text: string, want: string])[] = [
  ["now", "2023-11-14T22:13:20Z"],
  ["", "2023-11-14T22:13:20Z"],
  ["1699999999", "2023-11-14T22:13:19Z"],
  ["0", "1970-01-01T00:00:00Z"],
  ["20231113", "2023-11-13T00:00:00Z"],
  ["20231340", "1970-08-23T03:49:00Z"],
  ["-1h", "2023-11-14T21:13:20Z"],
  ["now-1h", "2023-11-14T21:13:20Z"],
  ["+90s", "2023-11-14T22:14:50Z"],
  ["-1d12h", "2023-11-13T10:13:20Z"],
  ["-30min", "2023-11-14T21:43:20Z"],
  ["-2minutes", "2023-11-14T22:11:20Z"],
  ["-1mon", "2023-10-15T22:13:20Z"],
  ["-1y", "2022-11-14T22:13:20Z"],
  ["-1w", "2023-11-07T22:13:20Z"],
  ["-5monday", "2023-06-17T22:13:20Z"],
  ["Now - 1 H", "2023-11-14T21:13:20Z"],
  ["midnight", "2023-11-14T00:00:00Z"],
  ["noon", "2023-11-14T12:00:00Z"],
  ["teatime", "2023-11-14T16:00:00Z"],
  ["today", "2023-11-14T00:00:00Z"],
  ["yesterday", "2023-11-13T00:00:00Z"],
  ["tomorrow", "2023-11-15T00:00:00Z"],
  ["noon_yesterday", "2023-11-13T12:00:00Z"],
  ["midnight-1d", "2023-11-13T00:00:00Z"],
  ["16:00_20231110", "2023-11-10T16:00:00Z"],
  ["8:50am_yesterday", "2023-11-13T08:50:00Z"],
  ["8:50pm", "2023-11-14T20:50:00Z"],
  ["8am", "2023-11-14T08:00:00Z"],
  ["8pm", "2023-11-14T20:00:00Z"],
  ["12am", "2023-11-14T12:00:00Z"],
  ["12pm", "2023-11-14T00:00:00Z"],
  ["8:5", "2023-11-14T08:05:00Z"],
  ["11/10/23", "2023-11-10T00:00:00Z"],
  ["1/2/69", "2069-01-02T00:00:00Z"],
  ["1/2/70", "1970-01-02T00:00:00Z"],
  ["01/02/2021", "2021-01-02T00:00:00Z"],
  ["jan15", "2023-01-15T00:00:00Z"],
  ["january_5", "2023-01-05T00:00:00Z"],
  ["6pm_march_8", "2023-03-08T18:00:00Z"],
  ["tuesday", "2023-11-14T00:00:00Z"],
  ["monday", "2023-11-13T00:00:00Z"],
  ["wed", "2023-11-08T00:00:00Z"],
  ["noon_sunday+1h", "2023-11-12T13:00:00Z"],
];

test("times are read", () => {
  for (const [text, want] of TIMES) assert.equal(parseTime(text, utc), iso(want), text);
});

const NO_TIMES = [
  "1h",
  "-1m",
  "-1d-2h",
  "now-1d+2h",
  "1700000000+1h",
  "1e9",
  "-5",
  "-h",
  "25:00",
  "8:60",
  "feb30",
  "feb",
  "13/1/20",
  "20231301x",
  "someday",
  "-1.5h",
  "-99999999999999d",
  "99999999999999",
];

test("what is no time is refused, with the text and a right one", () => {
  for (const text of NO_TIMES) {
    assert.throws(
      () => parseTime(text, utc),
      (error: Error & { code: string }) =>
        error.code === "QUERY_TIME" &&
        error.message.includes(`"${text}"`) &&
        error.message.includes("right would be -1h"),
      text,
    );
  }
});

const IN_ZONES: readonly (readonly [zone: string, text: string, want: string])[] = [
  ["America/New_York", "now", "2023-11-14T22:13:20Z"],
  ["America/New_York", "midnight", "2023-11-14T05:00:00Z"],
  ["America/New_York", "20230701", "2023-07-01T04:00:00Z"],
  ["Asia/Kolkata", "noon", "2023-11-15T06:30:00Z"],
  ["Asia/Kolkata", "today", "2023-11-14T18:30:00Z"],
  // A time that there are two of is the later one; one that there is none of counts from before the change.
  ["America/New_York", "01:30_20231105", "2023-11-05T06:30:00Z"],
  ["America/New_York", "02:30_20230312", "2023-03-12T07:30:00Z"],
  ["Europe/Berlin", "02:30_20231029", "2023-10-29T01:30:00Z"],
  ["Europe/Berlin", "02:30_20230326", "2023-03-26T01:30:00Z"],
  // Offsets are of so many seconds, whatever the clocks do.
  ["America/New_York", "00:00_20231106-1d", "2023-11-05T05:00:00Z"],
];

test("dates and times of day are those of the zone", () => {
  for (const [zone, text, want] of IN_ZONES) assert.equal(parseTime(text, zoned(zone)), iso(want), `${zone} ${text}`);
});

test("a zone that is not there is none", () => {
  assert.equal(timeZone("Nowhere/Land"), undefined);
  assert.equal(timeZone("UTC"), UTC);
});

test("wall clock and instant are each other's reverse, but for the hour that happens twice", () => {
  const zone = timeZone("Europe/Berlin")!;
  const change = iso("2023-10-29T01:00:00Z");
  for (let instant = change - 86_400; instant < change + 86_400; instant += 1_800) {
    const twice = instant >= change - 3_600 && instant < change;
    assert.equal(epochSeconds(wallTime(instant, zone), zone), twice ? instant + 3_600 : instant);
  }
});

const INTERVALS: readonly (readonly [text: string, seconds: number])[] = [
  ["10min", 600],
  ["1h", 3_600],
  ["+1h30min", 5_400],
  ["-7d", -604_800],
  ["2weeks", 1_209_600],
  ["1month", 2_592_000],
  ["1year", 31_536_000],
  ["5s", 5],
  ["", 0],
];

test("intervals are read", () => {
  for (const [text, seconds] of INTERVALS) assert.equal(parseInterval(text), seconds, text);
});

test("what is no interval is refused", () => {
  for (const text of ["10", "min", "1 h", "1m", "10MIN", "1h-2h", "1.5h", "--1h", "99999999999999d"]) {
    assert.throws(() => parseInterval(text), { code: "QUERY_INTERVAL" }, text);
  }
});
