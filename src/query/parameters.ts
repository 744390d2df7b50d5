/**
 * The parameters that functions declare: `required(seriesList)`, `optional(float, { default: 0.1 })`,
 * `repeated(nodeOrTag)`. Each type reads one argument and says what it expects; graphite-web's leniencies that make
 * sense are kept ("5" is a number, "true" a boolean), and what would end in a stack trace there is refused.
 */
import { assert } from "../core/errors.ts";
import { AGGREGATION_NAMES } from "./aggregation.ts";
import type { Literal } from "./expression.ts";
import type { Result } from "./function.ts";
import { numberText, type PythonNumber } from "./python/number.ts";
import type { SeriesList } from "./series.ts";
import { parseInterval } from "./time-grammar.ts";

/** What an argument evaluates to. */
export type Value = Result | Literal;

export interface ParameterType<T> {
  /** As `/functions` names it: Grafana picks an editor by it. */
  readonly name: string;
  /** For the message: `a number`. */
  readonly expects: string;
  /** The values there are to choose from. */
  readonly options?: readonly (string | boolean | null)[];
  /** Undefined when the value does not fit. */
  read(value: Value): T | undefined;
}

export interface Parameter<T> {
  readonly type: ParameterType<unknown>;
  readonly required: boolean;
  readonly multiple: boolean;
  /** As `/functions` shows it. */
  readonly default?: ShownDefault;
  /** What Grafana's editor offers; other values are as good. */
  readonly suggestions?: Suggestions;
  /** From the values given for it, one if it is not a repeated one, each of which its type has read. */
  collect(read: readonly unknown[]): T;
}

type ShownDefault = number | string | boolean;
type Suggestions = readonly (string | number)[];

interface Extras {
  readonly suggestions?: Suggestions;
  /** A default that the function applies itself, because it makes a difference whether it was given. */
  readonly default?: ShownDefault;
}

export function required<T>(type: ParameterType<T>, extras: Pick<Extras, "suggestions"> = {}): Parameter<T> {
  return { type, required: true, multiple: false, ...extras, collect: ([only]) => only as T };
}

export function optional<T>(type: ParameterType<T>, extras: Extras = {}): Parameter<T | undefined> {
  return { type, required: false, multiple: false, ...extras, collect: ([only]) => only as T | undefined };
}

/** `byDefault` is written as in a target. */
export function withDefault<T>(
  type: ParameterType<T>,
  byDefault: ShownDefault,
  extras: Pick<Extras, "suggestions"> = {},
): Parameter<T> {
  const value = type.read(typeof byDefault === "number" ? { value: byDefault, integer: true } : byDefault);
  assert(value !== undefined, `the default ${byDefault} of a parameter is ${type.expects}`);
  return {
    type,
    required: false,
    multiple: false,
    default: byDefault,
    ...extras,
    collect: ([only]) => (only ?? value) as T,
  };
}

/** At least one, or with `{ atLeast: 0 }` any number. */
export function repeated<T>(
  type: ParameterType<T>,
  { atLeast = 1 }: { atLeast?: 0 | 1 } = {},
): Parameter<readonly T[]> {
  return { type, required: atLeast === 1, multiple: true, collect: (all) => all as readonly T[] };
}

// ---- series

export const seriesList: ParameterType<SeriesList> = {
  name: "seriesList",
  expects: "series",
  read: (value) => (isResult(value) && value.every((item) => !isList(item)) ? (value as SeriesList) : undefined),
};

export const seriesLists: ParameterType<readonly SeriesList[]> = {
  name: "seriesLists",
  expects: "lists of series, as mapSeries makes them",
  read: (value) => (isResult(value) && value.every(isList) ? (value as readonly SeriesList[]) : undefined),
};

// ---- numbers

export const float: ParameterType<number> = {
  name: "float",
  expects: "a number",
  read(value) {
    if (typeof value === "string") return readNumber(value);
    if (typeof value === "boolean") return Number(value);
    return isNumber(value) ? value.value : undefined;
  },
};

export const integer: ParameterType<number> = { name: "integer", expects: "a whole number", read: readInteger };

/** The position of a node in a name, from 0; negative ones count from the end. */
export const node: ParameterType<number> = { name: "node", expects: "the number of a node", read: readInteger };

export const integerOrInfinity: ParameterType<number> = {
  name: "intOrInf",
  expects: "a whole number or inf",
  read: (value) =>
    readInteger(value) ?? (float.read(value) === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : undefined),
};

function readInteger(value: Value): number | undefined {
  const read = typeof value === "string" && !/^\s*[+-]?\d+\s*$/.test(value) ? undefined : float.read(value);
  return Number.isSafeInteger(read) ? read : undefined;
}

/** Python's `float("…")`, without its underscores. */
function readNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^[+-]?inf(inity)?$/i.test(trimmed))
    return trimmed.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
}

// ---- text

/** Any literal, as Python prints it. */
export const string: ParameterType<string> = {
  name: "string",
  expects: "a string",
  read: (value) => (isResult(value) || value === null ? undefined : literalText(value)),
};

export const tag: ParameterType<string> = { ...string, name: "tag", expects: "the name of a tag" };

export const boolean: ParameterType<boolean> = {
  name: "boolean",
  expects: "true or false",
  read(value) {
    if (typeof value === "boolean") return value;
    const text = typeof value === "string" ? value.toLowerCase() : isNumber(value) ? String(value.value) : "";
    if (text === "true" || text === "1") return true;
    return text === "false" || text === "0" ? false : undefined;
  },
};

/** A node by its number, or a tag by its name. */
export type NodeOrTag = number | string;

export const nodeOrTag: ParameterType<NodeOrTag> = {
  name: "nodeOrTag",
  expects: "the number of a node or the name of a tag",
  read(value) {
    if (isNumber(value)) return readInteger(value);
    return typeof value === "string" ? value : undefined;
  },
};

// ---- time

/** A length of time and how it was written: names and tags repeat it. */
export interface Interval {
  readonly text: string;
  readonly seconds: number;
}

export const interval: ParameterType<Interval> = {
  name: "interval",
  expects: 'an interval, as in "10min" or "-1d"',
  read: (value) => (typeof value === "string" ? readInterval(value) : undefined),
};

function readInterval(text: string): Interval | undefined {
  try {
    return { text, seconds: parseInterval(text) };
  } catch {
    return undefined;
  }
}

/** A window of so many points, or of so much time. `text` is what names repeat. */
export type Window =
  | { readonly kind: "points"; readonly points: number; readonly text: string }
  | { readonly kind: "time"; readonly seconds: number; readonly text: string };

export const integerOrInterval: ParameterType<Window> = {
  name: "intOrInterval",
  expects: 'a number of points or an interval, as in 5 or "5min"',
  read(value) {
    if (typeof value === "string") {
      const read = readInterval(value);
      return read === undefined ? undefined : { kind: "time", seconds: Math.abs(read.seconds), text: value };
    }
    if (!isNumber(value) || !Number.isFinite(value.value)) return undefined;
    return { kind: "points", points: Math.trunc(value.value), text: numberText(value) };
  },
};

/** A point in time, in the grammar of from and until; the function reads it, since it depends on now. */
export const date: ParameterType<string> = {
  ...string,
  name: "date",
  expects: 'a time, as in "-1h" or "noon_yesterday"',
};

// ---- names of functions

export const aggregationName: ParameterType<string> = {
  name: "aggFunc",
  expects: `the name of an aggregation (${AGGREGATION_NAMES.join(", ")})`,
  options: AGGREGATION_NAMES,
  read: (value) => (typeof value === "string" && AGGREGATION_NAMES.includes(value) ? value : undefined),
};

/** The callback of groupByNode: an aggregation, or a function that combines. The evaluator knows which there are. */
export const aggregationOrFunctionName: ParameterType<string> = {
  name: "aggOrSeriesFunc",
  expects: "the name of an aggregation or of a combining function",
  read: (value) => (typeof value === "string" ? value : undefined),
};

// ---- what values are

export function isResult(value: Value): value is Result {
  return Array.isArray(value);
}

function isList(item: Result[number]): item is SeriesList {
  return Array.isArray(item);
}

export function isNumber(value: Value): value is PythonNumber {
  return typeof value === "object" && value !== null && !isResult(value);
}

/** `str()` of a literal. */
function literalText(value: Exclude<Literal, null>): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  return numberText(value);
}

/** How a message shows an argument. */
export function describeValue(value: Value): string {
  if (isResult(value)) return value.length === 1 ? "a series" : `${value.length} series`;
  if (value === null) return "None";
  return typeof value === "string" ? JSON.stringify(value) : literalText(value);
}
