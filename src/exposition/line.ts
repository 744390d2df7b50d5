/**
 * One line of a page: a sample, or what a comment says of a family.
 *
 *     http_requests_total{code="200",route="/"} 1027 1395066363000 # {trace_id="x"} 0.67
 *     └─ name ──────────┘└─ labels ───────────┘ └value └─ time      └─ exemplar (OpenMetrics only)
 *
 * A line that can't be read gives a Fault. Faults are made once, so that a page of bad lines costs no more than one of
 * good lines.
 */
import type { Dialect, Label, MetricSample } from "./family.ts";
import { parseMilliseconds, parseNumber, parseSeconds } from "./number.ts";
import { closingQuote, labelNameEnd, metricNameEnd, skipBlanks, unescapeText, wordEnd } from "./scan.ts";

/** Why a line can't be read. */
export interface Fault {
  readonly code: string;
  readonly rule: string;
}

export const FAULTS = {
  name: fault("EXPOSITION_NAME", "a metric's name is made of letters, digits, _ and :, and starts with no digit"),
  nameLimit: fault("EXPOSITION_NAME_LIMIT", "a metric's name is longer than the limits allow"),
  label: fault("EXPOSITION_LABEL", 'labels are {name="value",…}, names of letters, digits and _, each name once'),
  labelLimit: fault("EXPOSITION_LABEL_LIMIT", "more labels, or a longer one, than the limits allow"),
  value: fault("EXPOSITION_VALUE", "after name and labels follows a number that a double can hold"),
  time: fault("EXPOSITION_TIMESTAMP", "after the value follows nothing, or the time: whole ms, in OpenMetrics seconds"),
  exemplar: fault("EXPOSITION_EXEMPLAR", "only OpenMetrics has exemplars: # {labels} value, and perhaps a time"),
  meta: fault("EXPOSITION_META", "HELP, TYPE and UNIT name a family, once each, and TYPE stands before its samples"),
  type: fault("EXPOSITION_TYPE", "the dialect knows no type of this name"),
  unit: fault("EXPOSITION_UNIT", "a family's name ends in its unit"),
  unterminated: fault("EXPOSITION_UNTERMINATED", "the last line has no line feed, so it may have been cut off"),
  afterEof: fault("EXPOSITION_AFTER_EOF", "nothing follows # EOF"),
} as const;

function fault(code: string, rule: string): Fault {
  return { code, rule };
}

export function isFault(read: object): read is Fault {
  return "rule" in read;
}

export interface LineFormat {
  readonly dialect: Dialect;
  readonly limits: LineLimits;
}

/** `expositionLabelCharacters` bounds the names of metrics too. */
export interface LineLimits {
  readonly expositionLabels: number;
  readonly expositionLabelCharacters: number;
}

const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const HASH = 0x23;
const QUOTE = 0x22;

/** The sample that stands in `text` from `at`, which is no blank, to `end`. */
export function parseSampleLine(text: string, at: number, end: number, format: LineFormat): MetricSample | Fault {
  const nameEnd = metricNameEnd(text, at, end);
  let next = skipBlanks(text, nameEnd, end);
  const braced = next < end && text.charCodeAt(next) === BRACE_OPEN;
  if (nameEnd === at || (next === nameEnd && next < end && !braced)) return FAULTS.name;
  if (nameEnd - at > format.limits.expositionLabelCharacters) return FAULTS.nameLimit;
  const labels: Label[] = [];
  if (braced) {
    next = parseLabels(text, next + 1, end, format.limits, labels);
    if (next < 0) return LABEL_FAULTS[-next]!;
    next = skipBlanks(text, next, end);
  }
  const valueEnd = wordEnd(text, next, end);
  const value = parseNumber(text.slice(next, valueEnd));
  if (value === undefined) return FAULTS.value;
  next = skipBlanks(text, valueEnd, end);
  let timestampMs: number | undefined;
  if (next < end && text.charCodeAt(next) !== HASH) {
    const timeEnd = wordEnd(text, next, end);
    const time = text.slice(next, timeEnd);
    timestampMs = format.dialect === "openmetrics" ? parseSeconds(time) : parseMilliseconds(time);
    next = skipBlanks(text, timeEnd, end);
    if (timestampMs === undefined || (next < end && text.charCodeAt(next) !== HASH)) return FAULTS.time;
  }
  if (next < end && !isExemplar(text, next + 1, end, format)) return FAULTS.exemplar;
  return { name: text.slice(at, nameEnd), labels, value, timestampMs };
}

/** What `parseLabels` returns in place of a position, negated. */
const LABEL_FAULTS: readonly Fault[] = [FAULTS.label, FAULTS.label, FAULTS.labelLimit];
const WRONG = -1;
const TOO_LONG = -2;

/** Reads `name="value",…}` into `labels`. Returns where it ends, or WRONG or TOO_LONG. */
function parseLabels(text: string, at: number, end: number, limits: LineLimits, labels: Label[]): number {
  const longest = limits.expositionLabelCharacters;
  for (;;) {
    at = skipBlanks(text, at, end);
    if (at < end && text.charCodeAt(at) === BRACE_CLOSE) return at + 1;
    const nameEnd = labelNameEnd(text, at, end);
    const equals = skipBlanks(text, nameEnd, end);
    const open = skipBlanks(text, equals + 1, end);
    if (nameEnd === at || open >= end) return WRONG;
    if (text.charCodeAt(equals) !== EQUALS || text.charCodeAt(open) !== QUOTE) return WRONG;
    const close = closingQuote(text, open + 1, end);
    if (close < 0) return WRONG;
    if (labels.length >= limits.expositionLabels || nameEnd - at > longest || close - open > longest) return TOO_LONG;
    const name = text.slice(at, nameEnd);
    for (const label of labels) if (label.name === name) return WRONG;
    labels.push({ name, value: unescapeText(text.slice(open + 1, close)) });
    at = skipBlanks(text, close + 1, end);
    const separator = at < end ? text.charCodeAt(at) : 0;
    if (separator === COMMA) at++;
    else if (separator !== BRACE_CLOSE) return WRONG;
  }
}

/** Whether after the `#` there stands `{labels} value [seconds]`, to the end of the line. */
function isExemplar(text: string, at: number, end: number, format: LineFormat): boolean {
  at = skipBlanks(text, at, end);
  if (format.dialect !== "openmetrics" || at >= end || text.charCodeAt(at) !== BRACE_OPEN) return false;
  at = parseLabels(text, at + 1, end, format.limits, []);
  if (at < 0) return false;
  at = skipBlanks(text, at, end);
  const valueEnd = wordEnd(text, at, end);
  if (parseNumber(text.slice(at, valueEnd)) === undefined) return false;
  at = skipBlanks(text, valueEnd, end);
  const timeEnd = wordEnd(text, at, end);
  if (timeEnd > at && parseSeconds(text.slice(at, timeEnd)) === undefined) return false;
  return skipBlanks(text, timeEnd, end) === end;
}

export type MetaLine =
  | { readonly keyword: "HELP" | "TYPE" | "UNIT"; readonly family: string; readonly rest: string }
  | { readonly keyword: "EOF" };

const KEYWORDS: Readonly<Record<Dialect, readonly string[]>> = {
  prometheus: ["HELP", "TYPE"],
  openmetrics: ["HELP", "TYPE", "UNIT", "EOF"],
};

/** What a comment says that starts before `at`, behind its `#`; undefined for one that is for people only. */
export function parseMetaLine(text: string, at: number, end: number, format: LineFormat): MetaLine | Fault | undefined {
  const wordStart = skipBlanks(text, at, end);
  const keyword = text.slice(wordStart, wordEnd(text, wordStart, Math.min(end, wordStart + 5)));
  if (wordStart === at || !KEYWORDS[format.dialect].includes(keyword)) return undefined;
  const nameStart = skipBlanks(text, wordStart + keyword.length, end);
  if (keyword === "EOF") return nameStart === end ? { keyword } : undefined;
  const nameEnd = metricNameEnd(text, nameStart, end);
  const restStart = skipBlanks(text, nameEnd, end);
  if (nameEnd === nameStart || (restStart === nameEnd && restStart < end)) return FAULTS.meta;
  if (nameEnd - nameStart > format.limits.expositionLabelCharacters) return FAULTS.nameLimit;
  const family = text.slice(nameStart, nameEnd);
  return { keyword: keyword as "HELP" | "TYPE" | "UNIT", family, rest: text.slice(restStart, end).trimEnd() };
}
