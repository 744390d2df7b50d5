/** Figures as people read them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBound, formatMeasured, formatOffset } from "#src/core/measured.ts";
import { formatAge as formatAgeInBrowser } from "#src/web/browser/age.ts";
import { formatTicks, formatTimes, formatValue } from "#src/web/browser/chart-format.ts";
import { formatAge, formatFigure } from "#src/web/format.ts";

test("the browser counts ages on in the words of the server", () => {
  for (const seconds of [0, 1, 9, 10, 59, 60, 61, 192, 3_599, 3_600, 3_661, 86_399, 86_400, 90_061, 31_536_000]) {
    const ms = seconds * 1000;
    assert.equal(formatAgeInBrowser(ms), formatAge(ms), `${seconds} s`);
    assert.equal(formatAgeInBrowser(ms + 999), formatAge(ms + 999), `${seconds}.999 s`);
  }
  assert.equal(formatAgeInBrowser(-5_000), "0 s");
});

const offsets: readonly (readonly [offsetMs: number, boundMs: number, want: string])[] = [
  [2003.12, 0.31, "2.003 s fast ± 0.4 ms"],
  [-12.34, 0.4, "12.3 ms slow ± 0.4 ms"],
  [0.12, 0.4, "0.1 ms fast ± 0.4 ms"],
  [0.01, 0.4, "0.0 ms ± 0.4 ms"],
  [0, 12, "0 ms ± 20 ms"],
  [250_000, 3, "4 m 10 s fast ± 3 ms"],
];

for (const [offsetMs, boundMs, want] of offsets) {
  test(`an offset of ${offsetMs} ms ± ${boundMs} ms is ${want}`, () => {
    assert.equal(formatOffset({ offsetMs, boundMs }), want);
  });
}

test("a bound never shrinks when it is rounded, and no digit is told that it leaves unknown", () => {
  for (let bound = 0.0003; bound < 90_000; bound *= 1.37) {
    const [figure, unit] = formatBound(bound).split(" ") as [string, string];
    const unitMs = { µs: 1e-3, ms: 1, s: 1e3, m: 6e4 }[unit]!;
    if (unit !== "m") assert.ok(Number(figure) * unitMs >= bound * (1 - 1e-9), `${bound} became ${figure} ${unit}`);
  }
  assert.equal(formatMeasured(12.3456, 0.4), "12.3 ms");
  assert.equal(formatMeasured(12.3456, 3), "12 ms");
});

test("figures have the digits that fit into a tile", () => {
  assert.deepEqual([0, 0.416, 12.34, 99.96, 1234.5].map(formatFigure), ["0", "0.42", "12.3", "100", "1,235"]);
});

test("values of charts come in the unit that suits them", () => {
  const rows: readonly (readonly [Parameters<typeof formatValue>[0], number, string])[] = [
    ["bytes", 8_236_000_000, "7.67 GiB"],
    ["bytes", 0, "0 B"],
    ["fraction", 0.158, "15.8 %"],
    ["seconds", 0.0528, "52.8 ms"],
    ["seconds", 0, "0 s"],
    ["seconds", -0.000179, "−179 µs"],
    ["seconds", 42, "42 s"],
    ["seconds", 600, "10 min"],
    ["count", 0.852, "0.85"],
    ["count", 12_345, "12.3 k"],
  ];
  for (const [unit, value, want] of rows) assert.equal(formatValue(unit, value), want);
});

test("the labels of an axis share a unit and differ", () => {
  assert.deepEqual(formatTicks("seconds", [0, 0.25, 0.5, 0.75]), ["0", "250 ms", "500 ms", "750 ms"]);
  assert.deepEqual(formatTicks("seconds", [2.002, 2.003, 2.004]), ["2.002 s", "2.003 s", "2.004 s"]);
  assert.deepEqual(formatTicks("bytes", [0, 4 * 1024 ** 3, 8 * 1024 ** 3]), ["0", "4 GiB", "8 GiB"]);
  assert.deepEqual(formatTicks("fraction", [0, 0.2, 0.4]), ["0", "20 %", "40 %"]);
  assert.deepEqual(formatTimes([1_795_046_400, 1_795_050_000], 3_600), ["19 Nov", "01:00"]);
});
