/**
 * The times of `from` and `until`: `-1h`, `now-1d`, `14:30_20231114`, `noon+yesterday`, `monday`, `jan15`, `1700000000`.
 *
 * A time is a reference and an offset glued to it. The grammar, its omissions and its mistakes are those of graphite-web
 * (render/attime.py), since dashboards hold times in it: `12pm` is midnight, `12am` is noon, a lone `m` is no unit, and
 * `1h` without a sign is no time.
 */
import { LockstepError } from "../core/errors.ts";
import { epochSeconds, type TimeZone, type WallTime, wallTime } from "./time-zone.ts";

export interface TimeContext {
  readonly nowSeconds: number;
  readonly timeZone: TimeZone;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** By what a unit begins with, in the order in which they are tried. */
const UNITS = [
  ["s", "seconds", 1],
  ["min", "minutes", 60],
  ["h", "hours", 3_600],
  ["d", "days", 86_400],
  ["w", "weeks", 604_800],
  ["mon", "months", 30 * 86_400],
  ["y", "years", 365 * 86_400],
] as const;

export type TimeUnit = (typeof UNITS)[number][1];

/** Years 1 to 9999, as Python's datetime. */
const EARLIEST_SECONDS = -62_135_596_800;
const LATEST_SECONDS = 253_402_300_799;

/** @throws LockstepError `QUERY_TIME` saying which part can't be read. */
export function parseTime(text: string, context: TimeContext): number {
  const compact = text.toLowerCase().replace(/[\s_,]/g, "");
  if (/^\d+$/.test(compact) && !isCalendarDate(compact)) return inRange(text, Number(compact));
  const sign = compact.search(compact.includes("+") ? /\+/ : /-/);
  const reference = sign < 0 ? compact : compact.slice(0, sign);
  const offset = sign < 0 ? 0 : offsetOf(text, compact.slice(sign));
  return inRange(text, referenceSeconds(text, reference, context) + offset);
}

/** `10min`, `-1d12h`, `+1w` → seconds. @throws LockstepError `QUERY_INTERVAL`. */
export function parseInterval(text: string): number {
  const match = /^([+-]?)((?:\d+[A-Za-z]+)*)$/.exec(text);
  if (match === null) throw intervalError(text, "it is not a number and a unit");
  let seconds = 0;
  for (const [, count, unit] of match[2]!.matchAll(/(\d+)([A-Za-z]+)/g)) {
    const known = timeUnit(unit!);
    if (known === undefined) throw intervalError(text, `"${unit}" is no unit (s, min, h, d, w, mon, y)`);
    seconds += Number(count) * known.seconds;
  }
  if (seconds > LATEST_SECONDS) throw intervalError(text, "it is longer than time itself");
  return match[1] === "-" ? -seconds : seconds;
}

export function timeUnit(text: string): { readonly unit: TimeUnit; readonly seconds: number } | undefined {
  const found = UNITS.find(([prefix]) => text.startsWith(prefix));
  return found === undefined ? undefined : { unit: found[1], seconds: found[2] };
}

function offsetOf(text: string, offset: string): number {
  try {
    return parseInterval(offset);
  } catch (error) {
    throw timeError(text, `"${offset}" is no offset`, error);
  }
}

/** Eight digits that could be a YYYYMMDD are one; all other digits are seconds since 1970. */
function isCalendarDate(digits: string): boolean {
  if (digits.length !== 8) return false;
  return Number(digits.slice(0, 4)) > 1900 && Number(digits.slice(4, 6)) < 13 && Number(digits.slice(6)) < 32;
}

function referenceSeconds(text: string, reference: string, context: TimeContext): number {
  if (reference === "" || reference === "now") return context.nowSeconds;
  const { hour, minute, rest } = readTimeOfDay(text, reference);
  if (hour > 23 || minute > 59) throw timeError(text, `there is no ${hour}:${String(minute).padStart(2, "0")}`);
  const today = wallTime(context.nowSeconds, context.timeZone);
  const { year, month, day } = readDay(text, rest, today);
  return epochSeconds({ year, month, day, hour, minute, second: 0 }, context.timeZone);
}

interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
  /** What follows: the day. */
  readonly rest: string;
}

function readTimeOfDay(text: string, reference: string): TimeOfDay {
  const clock = /^([^:]{1,2}):(.{0,2})(am|pm)?(.*)$/s.exec(reference);
  let [hour, minute, rest] = [0, 0, reference];
  if (clock !== null) {
    hour = wholeNumber(text, clock[1]!);
    minute = wholeNumber(text, clock[2]!);
    if (clock[3] === "pm") hour = (hour + 12) % 24;
    rest = clock[4]!;
  }
  for (const half of ["am", "pm"]) {
    const at = rest.indexOf(half);
    if (at !== 1 && at !== 2) continue;
    hour = wholeNumber(text, rest.slice(0, at));
    if (half === "pm") hour = (hour + 12) % 24;
    rest = rest.slice(at + 2);
  }
  if (rest.startsWith("noon")) return { hour: 12, minute: 0, rest: rest.slice(4) };
  if (rest.startsWith("midnight")) return { hour: 0, minute: 0, rest: rest.slice(8) };
  if (rest.startsWith("teatime")) return { hour: 16, minute: 0, rest: rest.slice(7) };
  return { hour, minute, rest };
}

type Day = Pick<WallTime, "year" | "month" | "day">;

function readDay(text: string, day: string, today: Day): Day {
  if (day === "" || day === "today") return today;
  if (day === "yesterday") return daysLater(today, -1);
  if (day === "tomorrow") return daysLater(today, 1);
  const american = day.split("/");
  if (american.length === 3) {
    const [month, dayOfMonth, year] = american.map((part) => wholeNumber(text, part)) as [number, number, number];
    return existingDay(text, fullYear(year), month, dayOfMonth);
  }
  if (/^\d{8}$/.test(day)) {
    return existingDay(text, Number(day.slice(0, 4)), Number(day.slice(4, 6)), Number(day.slice(6)));
  }
  const month = MONTHS.indexOf(day.slice(0, 3));
  if (month >= 0) {
    const dayOfMonth = /\d{1,2}$/.exec(day)?.[0];
    if (dayOfMonth === undefined) throw timeError(text, "a month needs a day behind it, as in jan15");
    return existingDay(text, today.year, month + 1, Number(dayOfMonth));
  }
  const weekday = WEEKDAYS.indexOf(day.slice(0, 3));
  if (weekday >= 0) return daysLater(today, -((weekdayOf(today) - weekday + 7) % 7));
  throw timeError(text, `"${day}" is no day`);
}

/** 70 → 1970, 69 → 2069. */
function fullYear(year: number): number {
  const full = year < 1900 ? year + 1900 : year;
  return full < 1970 ? full + 100 : full;
}

function existingDay(text: string, year: number, month: number, day: number): Day {
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || year > 9999 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    throw timeError(text, `there is no day ${year}-${month}-${day}`);
  }
  return { year, month, day };
}

function daysLater(day: Day, days: number): Day {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0 is Sunday. */
export function weekdayOf(day: Day): number {
  return new Date(Date.UTC(day.year, day.month - 1, day.day)).getUTCDay();
}

function wholeNumber(text: string, digits: string): number {
  if (!/^\d+$/.test(digits)) throw timeError(text, `"${digits}" is no number`);
  return Number(digits);
}

function inRange(text: string, seconds: number): number {
  if (seconds < EARLIEST_SECONDS || seconds > LATEST_SECONDS)
    throw timeError(text, "it lies outside of the years 1 to 9999");
  return seconds;
}

function timeError(text: string, rule: string, cause?: unknown): LockstepError {
  return new LockstepError(
    "QUERY_TIME",
    `cannot read the time "${text}": ${rule}; right would be -1h, now-1d, 14:30_20231114 or 1700000000`,
    cause === undefined ? undefined : { cause },
  );
}

function intervalError(text: string, rule: string): LockstepError {
  return new LockstepError(
    "QUERY_INTERVAL",
    `cannot read the interval "${text}": ${rule}; right would be 10min, 1h, 1d or -7d`,
  );
}
