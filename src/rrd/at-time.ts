/**
 * Times as rrdtool's options take them, after at(1): `now-1h`, `end-2d`, `noon yesterday`, `17:30 20260302`, `12/24/2026`,
 * `24.12.2026`, `5pm tomorrow`, seconds since 1970. Local time, as rrdtool has it. Not taken: `epoch`. Of a
 * date without a year, this year's is meant (rrdtool takes the year 30000).
 *
 *     time   = [absolute | "now" | "start" | "end"] offset*
 *     offset = ("+" | "-") (number [unit])+         m after nothing larger: months below 6, minutes from 6 on
 *
 * Ported in its rules from rrd_parsetime.c; fields run over into the next larger ones, so that `-1month` from 31 March is
 * 3 March, as it is there.
 */
import { LockstepError } from "../core/errors.ts";

export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** @throws LockstepError `RRD_TIME` */
export function parseTimeRange(start: string, end: string, nowSeconds: number): TimeRange {
  const from = new TimeParser(start, nowSeconds).parse();
  const to = new TimeParser(end, nowSeconds).parse();
  if (from.relativeTo === "start") throw timeError(start, "a start can't be relative to itself");
  if (to.relativeTo === "end") throw timeError(end, "an end can't be relative to itself");
  if (from.relativeTo === "end" && to.relativeTo === "start") throw timeError(start, "start and end need a fixed one");
  if (from.relativeTo === "end") {
    const endSeconds = resolve(to);
    return { startSeconds: resolve(from, endSeconds), endSeconds };
  }
  const startSeconds = resolve(from);
  return { startSeconds, endSeconds: to.relativeTo === "start" ? resolve(to, startSeconds) : resolve(to) };
}

/** `300`, `5m`, `1h`: a suffix of s, m (minutes), h, d, w, M (months of 31 days) or y (366 days). */
export function parseResolution(text: string): number {
  const match = /^(\d+)([smhdwMy]?)$/.exec(text);
  const seconds = Number(match?.[1]) * (RESOLUTION_UNITS[match?.[2] ?? ""] ?? 1);
  if (match === null || seconds < 1 || !Number.isSafeInteger(seconds)) {
    throw timeError(text, "a resolution is a number of seconds, or one with a unit, such as 5m or 1h");
  }
  return seconds;
}

const RESOLUTION_UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  M: 2_678_400,
  y: 31_622_400,
};

interface ParsedTime {
  readonly relativeTo: "start" | "end" | undefined;
  /** A moment, or what is added to one. Month and year count as in C: from 0, and from 1900. */
  readonly calendar: Calendar;
  readonly offsetSeconds: number;
}

interface Calendar {
  /**
   * Of a moment that the fields were taken from: they keep meaning that offset from UTC when months are added, as C's
   * tm_isdst does. Absent: local time of the date that they come to.
   */
  utcOffsetSeconds?: number;
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function calendarOf(seconds: number): Calendar {
  const date = new Date(seconds * 1000);
  return {
    year: date.getFullYear() - 1900,
    month: date.getMonth(),
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
    second: date.getSeconds(),
  };
}

/** Fields that stay at that moment's offset from UTC. */
function fixedCalendarOf(seconds: number): Calendar {
  return { ...calendarOf(seconds), utcOffsetSeconds: -60 * new Date(seconds * 1000).getTimezoneOffset() };
}

function secondsOf({ utcOffsetSeconds, year, month, day, hour, minute, second }: Calendar): number {
  if (utcOffsetSeconds !== undefined) {
    return Date.UTC(year + 1900, month, day, hour, minute, second) / 1000 - utcOffsetSeconds;
  }
  return new Date(year + 1900, month, day, hour, minute, second).getTime() / 1000;
}

function resolve({ relativeTo, calendar, offsetSeconds }: ParsedTime, anchorSeconds = 0): number {
  if (relativeTo === undefined) return secondsOf(calendar) + offsetSeconds;
  const anchor = fixedCalendarOf(anchorSeconds);
  anchor.year += calendar.year;
  anchor.month += calendar.month;
  anchor.day += calendar.day;
  return secondsOf(anchor) + offsetSeconds;
}

// ---- the parser

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const LONG_MONTHS = "january february march april may june july august september october november december".split(" ");
const WEEKDAYS = "sun mon tue wed thu fri sat".split(" ");
const LONG_WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const HOURS: Readonly<Record<string, number>> = { midnight: 0, noon: 12, teatime: 16 };
const UNITS: readonly (readonly [unit: Unit, words: string])[] = [
  ["second", "second seconds sec s"],
  ["minute", "minute minutes min"],
  ["hour", "hour hours hr h"],
  ["day", "day days d"],
  ["week", "week weeks wk w"],
  ["month", "month months mon"],
  ["year", "year years yr y"],
];
const SECONDS_OF: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600 };
const SMALL_UNITS: readonly Unit[] = ["second", "minute", "hour"];
/** Larger numbers are seconds since 1970. */
const LAST_DATE_NUMBER = 10 * 365 * 86_400;
/** `m` after a smaller number, and after no unit, is months. */
const FIRST_MINUTES = 6;

type Unit = "second" | "minute" | "hour" | "day" | "week" | "month" | "year";

class TimeParser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #next = 0;
  #offsetSeconds = 0;
  readonly #now: Calendar;
  readonly #weekday: number;
  #calendar: Calendar;

  constructor(text: string, nowSeconds: number) {
    this.#text = text;
    this.#tokens = text.toLowerCase().match(/\d+|[a-z]+|[^\s_,]/g) ?? [];
    this.#now = calendarOf(nowSeconds);
    this.#weekday = new Date(nowSeconds * 1000).getDay();
    this.#calendar = { ...this.#now };
  }

  parse(): ParsedTime {
    const relativeTo = this.#reference();
    let before: Unit | undefined;
    while (this.#is("+") || this.#is("-")) {
      const sign = this.#take() === "+" ? 1 : -1;
      before = undefined;
      do before = this.#addOffset(sign, before);
      while (isNumber(this.#peek()));
    }
    const rest = this.#peek();
    if (rest !== undefined) throw this.#error(`it can't be understood from "${rest}" on`);
    return { relativeTo, calendar: this.#calendar, offsetSeconds: this.#offsetSeconds };
  }

  #peek(ahead = 0): string | undefined {
    return this.#tokens[this.#next + ahead];
  }

  #is(...words: readonly string[]): boolean {
    return words.includes(this.#peek() ?? "");
  }

  #take(): string {
    return this.#tokens[this.#next++] ?? "";
  }

  #number(what: string): number {
    const token = this.#take();
    if (!isNumber(token)) throw this.#error(`${what} is missing`);
    return Number(token);
  }

  #error(what: string): LockstepError {
    return timeError(this.#text, what);
  }

  #reference(): "start" | "end" | undefined {
    const word = this.#peek();
    if (word === undefined) throw this.#error("it is empty");
    if (word === "+" || word === "-") return undefined;
    if (this.#is("now", "n", "start", "s", "end", "e")) return this.#anchor(this.#take());
    if (isNumber(word)) this.#numeric();
    else if (monthOf(word) !== undefined) this.#monthName();
    else if (word in HOURS) this.#namedHour(HOURS[this.#take()]!);
    else throw this.#error(`it can't begin with "${word}"`);
    return undefined;
  }

  #anchor(word: string): "start" | "end" | undefined {
    const relativeTo = word.startsWith("s") ? "start" : word.startsWith("e") ? "end" : undefined;
    const offset = this.#is("+", "-");
    if (relativeTo !== undefined && !offset) throw this.#error(`"${word}" has to be followed by + or - and an offset`);
    if (relativeTo !== undefined) this.#calendar = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
    return relativeTo;
  }

  /** A time of day, a date, or both in either order. */
  #numeric(): void {
    const timeFirst = this.#timeOfDay();
    const date = this.#date();
    if (!timeFirst && date === "date") {
      if (!this.#timeOfDay()) this.#setTime(0, 0);
    }
  }

  #monthName(): void {
    this.#date();
    if (isNumber(this.#peek())) this.#timeOfDay();
  }

  #namedHour(hour: number): void {
    this.#setTime(hour, 0);
    this.#date();
  }

  #setTime(hour: number, minute: number): void {
    Object.assign(this.#calendar, { hour, minute, second: 0 });
  }

  /** `17`, `17:30`, `5pm`, `5:30 pm`; false, and nothing taken, where a date is meant. */
  #timeOfDay(): boolean {
    const word = this.#peek();
    const after = this.#peek(1);
    if (!isNumber(word) || word.length > 2 || after === "/" || after === ".") return false;
    const begun = this.#next;
    let hour = this.#number("the hour");
    let minute = 0;
    if (this.#is(":")) {
      this.#take();
      minute = this.#number("the minute");
      if (minute > 59) throw this.#error(`${minute} is no minute`);
    }
    if (this.#is("am", "pm")) {
      if (hour > 12) throw this.#error(`there is no hour ${hour} am or pm`);
      hour = (hour % 12) + (this.#take() === "pm" ? 12 : 0);
    } else if (hour > 23) {
      this.#next = begun;
      return false;
    }
    this.#setTime(hour, minute);
    return true;
  }

  /** What it took: `moment` when the time of day came with it. */
  #date(): "date" | "moment" | undefined {
    const word = this.#peek();
    if (word === undefined) return undefined;
    if (this.#is("yesterday", "today", "tomorrow")) {
      this.#calendar.day += ["yesterday", "today", "tomorrow"].indexOf(this.#take()) - 1;
      return "date";
    }
    const weekday = indexIn(word, WEEKDAYS, LONG_WEEKDAYS);
    if (weekday !== undefined) {
      this.#take();
      this.#calendar.day += weekday - this.#weekday;
      return "date";
    }
    const month = monthOf(word);
    if (month !== undefined) {
      this.#take();
      const day = this.#number("the day of the month");
      this.#setDate(isNumber(this.#peek()) ? this.#number("the year") : this.#calendar.year, month, day);
      return "date";
    }
    return isNumber(word) ? this.#numericDate() : undefined;
  }

  #numericDate(): "date" | "moment" {
    const word = this.#take();
    const number = Number(word);
    if (number > LAST_DATE_NUMBER) {
      this.#calendar = fixedCalendarOf(number);
      return "moment";
    }
    if (number > 19_700_101 && number < 24_000_101) {
      this.#setDate(Number(word.slice(0, 4)), Number(word.slice(4, 6)) - 1, Number(word.slice(6, 8)));
      return "date";
    }
    const separator = this.#peek();
    if (separator !== "/" && separator !== ".") throw this.#error(`${word} is no date`);
    this.#take();
    const second = this.#number("the second part of the date");
    let year = this.#calendar.year;
    if (this.#peek() === separator) {
      this.#take();
      year = this.#number("the year");
    }
    const [month, day] = separator === "/" ? [number, second] : [second, number];
    this.#setDate(year, month - 1, day);
    return "date";
  }

  #setDate(year: number, month: number, day: number): void {
    if (month < 0 || month > 11) throw this.#error(`there is no month ${month + 1}`);
    if (day < 1 || day > 31) throw this.#error(`there is no day ${day}`);
    const since1900 = year > 1970 ? year - 1900 : year < 38 ? year + 100 : year;
    if (since1900 < 70 || (year > 138 && year <= 1970)) throw this.#error(`${year} is no year after 1970`);
    Object.assign(this.#calendar, { year: since1900, month, day });
  }

  /** The unit that it was in. */
  #addOffset(sign: number, before: Unit | undefined): Unit | undefined {
    const count = sign * this.#number("the number after + or -");
    const unit = this.#unit(Math.abs(count), before);
    if (unit === "year" || unit === "month" || unit === "day") this.#calendar[unit] += count;
    else if (unit === "week") this.#calendar.day += count * 7;
    else this.#offsetSeconds += count * (SECONDS_OF[unit ?? "second"] ?? 1);
    return unit;
  }

  #unit(count: number, before: Unit | undefined): Unit | undefined {
    const word = this.#peek();
    if (word === undefined || !/^[a-z]/.test(word)) return undefined;
    this.#take();
    if (word === "m") {
      if (before === undefined) return count < FIRST_MINUTES ? "month" : "minute";
      return SMALL_UNITS.includes(before) ? "minute" : "month";
    }
    const unit = UNITS.find(([, words]) => words.split(" ").includes(word))?.[0];
    if (unit === undefined) throw this.#error(`"${word}" is no unit of time`);
    return unit;
  }
}

function isNumber(token: string | undefined): token is string {
  return token !== undefined && /^\d/.test(token);
}

function monthOf(word: string): number | undefined {
  return indexIn(word, MONTHS, LONG_MONTHS);
}

function indexIn(word: string, ...lists: readonly (readonly string[])[]): number | undefined {
  for (const list of lists) if (list.includes(word)) return list.indexOf(word);
  return undefined;
}

function timeError(text: string, what: string): LockstepError {
  return new LockstepError("RRD_TIME", `cannot use ${JSON.stringify(text)} as a time: ${what}`);
}
