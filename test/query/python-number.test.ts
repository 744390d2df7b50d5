/** Numbers as Python 3.11 prints and rounds them; the right column is what it said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dumpJson } from "#src/query/python/json.ts";
import { formatFixed, formatGeneral, formatInteger, reprFloat, roundFloat } from "#src/query/python/number.ts";
import { formatPercent } from "#src/query/python/percent-format.ts";

const TEXTS: readonly (readonly [value: number, repr: string, general: string, fixed: string])[] = [
  [0.1, "0.1", "0.1", "0.10"],
  [1, "1.0", "1", "1.00"],
  [-0, "-0.0", "-0", "-0.00"],
  [100, "100.0", "100", "100.00"],
  [1 / 3, "0.3333333333333333", "0.333333", "0.33"],
  [1e15, "1000000000000000.0", "1e+15", "1000000000000000.00"],
  [1e16, "1e+16", "1e+16", "10000000000000000.00"],
  [1.2345678901234568e17, "1.2345678901234568e+17", "1.23457e+17", "123456789012345680.00"],
  [0.0001, "0.0001", "0.0001", "0.00"],
  [0.00001, "1e-05", "1e-05", "0.00"],
  [5e-324, "5e-324", "4.94066e-324", "0.00"],
  [Number.POSITIVE_INFINITY, "inf", "inf", "inf"],
  [Number.NEGATIVE_INFINITY, "-inf", "-inf", "-inf"],
  [Number.NaN, "nan", "nan", "nan"],
  [123456.5, "123456.5", "123456", "123456.50"],
  [1234565, "1234565.0", "1.23456e+06", "1234565.00"],
  [0.00001234565, "1.234565e-05", "1.23456e-05", "0.00"],
  [999999.5, "999999.5", "1e+06", "999999.50"],
  [0.125, "0.125", "0.125", "0.12"],
];

test("repr, %g and %.2f", () => {
  for (const [value, repr, general, fixed] of TEXTS) {
    assert.deepEqual([reprFloat(value), formatGeneral(value), formatFixed(value, 2)], [repr, general, fixed]);
  }
});

const ROUNDED: readonly (readonly [value: number, digits: number, repr: string])[] = [
  [2.5, 0, "2.0"],
  [3.5, 0, "4.0"],
  [-0.4, 0, "-0.0"],
  [0.0078125, 6, "0.007812"],
  [2.675, 2, "2.67"],
  [1.005, 2, "1.0"],
  [1250, -2, "1200.0"],
  [1350, -2, "1400.0"],
  [5e-7, 6, "0.0"],
  [1e22, 2, "1e+22"],
  [123456789.1234567, 3, "123456789.123"],
];

test("round goes to the nearest decimal of the exact value, a tie to the even one", () => {
  for (const [value, digits, repr] of ROUNDED) assert.equal(reprFloat(roundFloat(value, digits)), repr, `${value}`);
});

test("%d drops the fraction and writes all digits", () => {
  assert.deepEqual([2.9, -2.9, -0.5, 1e20].map(formatInteger), ["2", "-2", "0", "100000000000000000000"]);
});

test("one number is put into a text", () => {
  const rows: readonly (readonly [string, number, boolean, string])[] = [
    ["channel %d", 7.9, false, "channel 7"],
    ["%5d|", 42, false, "   42|"],
    ["%-5d|", 42, false, "42   |"],
    ["%05.1f", -2.25, false, "-02.2"],
    ["%+g", 1e-7, false, "+1e-07"],
    ["%s", 3, false, "3.0"],
    ["%s", 3, true, "3"],
    ["%d %%", 50, false, "50 %"],
  ];
  for (const [template, value, integer, want] of rows) assert.equal(formatPercent(template, { value, integer }), want);
  for (const template of ["none", "%d %d", "%x", "%.3g"]) {
    assert.throws(() => formatPercent(template, { value: 1, integer: true }), { code: "QUERY_ARGUMENT" }, template);
  }
});

test("JSON is spaced, escaped and indented as json.dumps does it", () => {
  const value = { b: [1, "é\n\u{1f600}", null], a: {}, c: [], infinite: Number.POSITIVE_INFINITY };
  assert.equal(
    dumpJson(value),
    String.raw`{"b": [1, "\u00e9\n\ud83d\ude00", null], "a": {}, "c": [], "infinite": 1e9999}`,
  );
  assert.equal(
    dumpJson({ b: [1, true], a: {} }, { pretty: true, sortKeys: true }),
    '{\n  "a": {},\n  "b": [\n    1,\n    true\n  ]\n}',
  );
});
