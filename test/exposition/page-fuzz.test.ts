/** Pages made at random, whole and damaged. A failing run prints its seed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import type { Dialect } from "#src/exposition/family.ts";
import { type Page, parsePage } from "#src/exposition/page.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

const ROUNDS = 300;
const CONTENT_TYPES: Readonly<Record<Dialect, string>> = {
  prometheus: "text/plain; version=0.0.4",
  openmetrics: "application/openmetrics-text; version=1.0.0",
};

interface WrittenSample {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  readonly timestampMs: number | undefined;
}

const NAME_START = "abcXYZ_:";
const LABEL_START = "abcXYZ_";
const DIGITS = "0123456789";
const VALUE_PARTS = ["a", "b", "\\", '"', "\n", "{", "}", ",", "=", " ", "#", "\t", "ü", "🚦", "\u0000", "# EOF", "\r"];
const VALUES = [0, -0, 1, 42, 1e15, 123456789012345680, 0.1, -2.5e-7, 5e-324, Number.MAX_VALUE, Number.NaN];

function word(random: SeededRandom, start: string, rest: string): string {
  let text = random.pick([...start]);
  for (let i = random.below(6); i > 0; i--) text += random.pick([...rest]);
  return text;
}

function randomSample(random: SeededRandom): WrittenSample {
  const labels = new Map<string, string>();
  for (let i = random.below(5); i > 0; i--) {
    const value = Array.from({ length: random.below(6) }, () => random.pick(VALUE_PARTS)).join("");
    labels.set(word(random, LABEL_START, LABEL_START + DIGITS), value);
  }
  return {
    name: word(random, NAME_START, NAME_START + DIGITS),
    labels: [...labels],
    value: random.chance(0.2) ? Number.POSITIVE_INFINITY : random.pick(VALUES),
    timestampMs: random.chance(0.3) ? random.below(2_000_000_000) * 1000 + random.below(1000) : undefined,
  };
}

function written(sample: WrittenSample, random: SeededRandom, dialect: Dialect): string {
  const blank = () => (dialect === "prometheus" && random.chance(0.1) ? random.pick(["  ", "\t", " \t "]) : " ");
  const pairs = sample.labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
  const labels = pairs === "" && random.chance(0.8) ? "" : `{${pairs}${pairs !== "" && random.chance(0.1) ? "," : ""}}`;
  const { timestampMs } = sample;
  const time = timestampMs === undefined ? "" : blank() + (dialect === "prometheus" ? timestampMs : timestampMs / 1000);
  const exemplar = dialect === "openmetrics" && random.chance(0.2) ? ' # {trace="# {\\"}"} 1.5 2' : "";
  return `${sample.name}${labels}${blank()}${goNumber(sample.value)}${time}${exemplar}\n`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function goNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

function readBack(page: Page): WrittenSample[] {
  return page.families
    .flatMap((family) => family.samples)
    .map(({ name, labels, value, timestampMs }) => {
      return { name, labels: labels.map((label) => [label.name, label.value] as const), value, timestampMs };
    });
}

/** Families gather samples of one name, so the order on the page is kept only within a name. */
function byName(samples: readonly WrittenSample[]): WrittenSample[] {
  return samples.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

test("what is written is read back, in both dialects", () => {
  const random = seeded();
  for (let round = 0; round < ROUNDS; round++) {
    const dialect = random.pick(["prometheus", "openmetrics"] as const);
    const samples = Array.from({ length: random.below(20) }, () => randomSample(random));
    const end = dialect === "openmetrics" ? "# EOF\n" : "";
    const text = samples.map((sample) => written(sample, random, dialect)).join("") + end;
    const page = parsePage(new TextEncoder().encode(text), { contentType: CONTENT_TYPES[dialect] });
    assert.deepEqual(page.problems, [], `seed ${random.seed}, round ${round}`);
    assert.deepEqual(byName(readBack(page)), byName(samples), `seed ${random.seed}, round ${round}`);
  }
});

test("a damaged page gives no sample that was not on it, and no error but ours", () => {
  const random = seeded();
  for (let round = 0; round < ROUNDS; round++) {
    const dialect = random.pick(["prometheus", "openmetrics"] as const);
    const samples = Array.from({ length: 1 + random.below(10) }, () => randomSample(random));
    const lines = samples.map((sample) => written(sample, random, dialect));
    const damagedLine = random.below(lines.length);
    lines[damagedLine] = damaged(lines[damagedLine]!, random);
    const text = lines.join("") + (dialect === "openmetrics" ? "# EOF\n" : "");
    let page: Page;
    try {
      page = parsePage(text, { contentType: CONTENT_TYPES[dialect] });
    } catch (error) {
      assert.ok(error instanceof LockstepError, `seed ${random.seed}, round ${round}: ${error}`);
      continue;
    }
    const undamaged = samples.filter((_, i) => i !== damagedLine).map(key);
    const read = readBack(page).map(key);
    for (const one of undamaged) assert.ok(read.includes(one), `seed ${random.seed}, round ${round}: ${one} is lost`);
    assert.ok(page.sampleCount <= lines.join("").split("\n").length, `seed ${random.seed}, round ${round}`);
  }
});

/** Changes a few characters, but never into or from a line feed: the damage stays within the line. */
function damaged(line: string, random: SeededRandom): string {
  const characters = [...line.slice(0, -1)];
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.below(characters.length);
    const kind = random.below(3);
    if (kind === 0) characters.splice(at, 1);
    else characters.splice(at, kind - 1, random.pick([...'{}"\\,= #.eE+-09aZ_:\t\u0000']));
  }
  return `${characters.join("")}\n`;
}

function key(sample: WrittenSample): string {
  return JSON.stringify([sample.name, sample.labels, goNumber(sample.value), sample.timestampMs ?? null]);
}
