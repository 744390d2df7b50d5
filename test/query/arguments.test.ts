/** What every type of parameter takes, what it makes of it, and what it refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Literal } from "#src/query/expression.ts";
import {
  aggregationName,
  boolean,
  date,
  float,
  integer,
  integerOrInfinity,
  integerOrInterval,
  interval,
  nodeOrTag,
  type ParameterType,
  seriesList,
  seriesLists,
  string,
  type Value,
} from "#src/query/parameters.ts";
import { newSeries } from "#src/query/series.ts";

const int = (value: number): Literal => ({ value, integer: true });
const real = (value: number): Literal => ({ value, integer: false });
const one = newSeries({ name: "a", startSeconds: 0, endSeconds: 60, stepSeconds: 60, values: Float64Array.of(1) });

const TAKEN: readonly (readonly [type: ParameterType<unknown>, value: Value, read: unknown])[] = [
  [float, int(5), 5],
  [float, real(0.5), 0.5],
  [float, "1e3", 1000],
  [float, " -2.5 ", -2.5],
  [float, "inf", Number.POSITIVE_INFINITY],
  [float, true, 1],
  [integer, int(-3), -3],
  [integer, real(5), 5],
  [integer, "7", 7],
  [integerOrInfinity, real(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY],
  [integerOrInfinity, "inf", Number.POSITIVE_INFINITY],
  [integerOrInfinity, int(2), 2],
  [boolean, "TRUE", true],
  [boolean, "false", false],
  [boolean, int(1), true],
  [boolean, int(0), false],
  [string, "text", "text"],
  [string, int(5), "5"],
  [string, real(5), "5.0"],
  [string, true, "True"],
  [interval, "-1h30min", { text: "-1h30min", seconds: -5_400 }],
  [integerOrInterval, int(5), { kind: "points", points: 5, text: "5" }],
  [integerOrInterval, real(2.5), { kind: "points", points: 2, text: "2.5" }],
  [integerOrInterval, "-5min", { kind: "time", seconds: 300, text: "-5min" }],
  [nodeOrTag, int(-1), -1],
  [nodeOrTag, "host", "host"],
  [date, "noon", "noon"],
  [aggregationName, "avg_zero", "avg_zero"],
  [seriesList, [one], [one]],
  [seriesList, [], []],
  [seriesLists, [[one], []], [[one], []]],
];

test("arguments are read", () => {
  for (const [type, value, read] of TAKEN)
    assert.deepEqual(type.read(value), read, `${type.name} ${JSON.stringify(value)}`);
});

const REFUSED: readonly (readonly [type: ParameterType<unknown>, value: Value])[] = [
  [float, "five"],
  [float, ""],
  [float, [one]],
  [float, null],
  [integer, real(1.5)],
  [integer, "1.0"],
  [integer, real(Number.POSITIVE_INFINITY)],
  [integerOrInfinity, "many"],
  [boolean, "yes"],
  [boolean, int(2)],
  [string, [one]],
  [string, null],
  [interval, int(60)],
  [interval, "soon"],
  [integerOrInterval, "5"],
  [integerOrInterval, real(Number.POSITIVE_INFINITY)],
  [nodeOrTag, real(0.5)],
  [nodeOrTag, true],
  [aggregationName, "sumSeries"],
  [aggregationName, "toString"],
  [seriesList, "a.b"],
  [seriesList, [[one]]],
  [seriesLists, [one]],
];

test("arguments that don't fit are refused", () => {
  for (const [type, value] of REFUSED)
    assert.equal(type.read(value), undefined, `${type.name} ${JSON.stringify(value)}`);
});
