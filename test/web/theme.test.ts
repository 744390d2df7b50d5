/** The colours of theme.css, in light and in dark: what is read can be read, and what is drawn can be seen (WCAG 2.2 AA). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

type Colour = readonly [number, number, number];

const text = readFileSync(fileURLToPath(new URL("../../../src/web/assets/theme.css", import.meta.url)), "utf8");
const pairs = [...text.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
const THEMES = {
  light: new Map(pairs.map(([, name, light]) => [name!, colour(light!)])),
  dark: new Map(pairs.map(([, name, , dark]) => [name!, colour(dark!)])),
};

function colour(hex: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour;
}

/** `color-mix(in srgb, a share, b)`. */
function mix(a: Colour, share: number, b: Colour): Colour {
  return a.map((value, i) => value * share + b[i]! * (1 - share)) as unknown as Colour;
}

function luminance(rgb: Colour): number {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Colour;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Colour, b: Colour): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const TONES = ["ok", "warn", "crit", "unknown", "off"];

for (const [theme, colours] of Object.entries(THEMES)) {
  const of = (name: string): Colour => colours.get(name)!;
  const grounds = new Map<string, Colour>([
    ["page", of("page")],
    ["surface", of("surface")],
    ...TONES.map((tone) => [`a ${tone} tile`, mix(of(tone), 0.09, of("surface"))] as const),
  ]);

  test(`${theme}: text is read on every ground`, () => {
    for (const [name, ground] of grounds) {
      for (const ink of ["text", "muted", "link", "ok", "warn", "crit", "unknown"]) {
        const ratio = contrast(of(ink), ground);
        assert.ok(ratio >= 4.5, `${ink} on ${name}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`${theme}: shapes and lines are seen`, () => {
    for (const mark of [...TONES, "focus", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6"]) {
      const ratio = contrast(of(mark), of("surface"));
      assert.ok(ratio >= 3, `${mark}: ${ratio.toFixed(2)}`);
    }
  });
}
