/** The files of test/scripts, and how an answer is held against what they expect. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ExpectedSeries, parseScript, type Script } from "./script.ts";

const directory = fileURLToPath(new URL("../../../test/scripts", import.meta.url));

export interface ScriptFile {
  /** `functions/scale`. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly script: Script;
}

export function readScripts(): ScriptFile[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".graphite"))
    .sort()
    .map((file) => {
      const path = join(directory, file);
      const text = readFileSync(path, "utf8");
      return { name: file.replace(/\.graphite$/, ""), path, text, script: parseScript(text) };
    });
}

/** Names, tags and times must be the same; values to the last bit but four (1e-9 of their size). */
export function assertAnswer(body: string, expected: readonly ExpectedSeries[], place: string): void {
  const difference = answerDifference(JSON.parse(body) as ExpectedSeries[], expected);
  assert.ok(difference === undefined, `${place}: ${difference}`);
}

/** What is not the same, in words; undefined when all is. */
export function answerDifference(
  actual: readonly ExpectedSeries[],
  expected: readonly ExpectedSeries[],
): string | undefined {
  const names = (list: readonly ExpectedSeries[]): string => JSON.stringify(list.map(({ target }) => target));
  if (names(actual) !== names(expected)) return `names are ${names(actual)}, expected ${names(expected)}`;
  for (const [i, want] of expected.entries()) {
    const got = actual[i]!;
    const gotTags = JSON.stringify(got.tags);
    if (gotTags !== JSON.stringify(want.tags)) {
      return `tags of ${want.target} are ${gotTags}, expected ${JSON.stringify(want.tags)}`;
    }
    if (!samePoints(got.datapoints, want.datapoints)) {
      return `points of ${want.target} are ${JSON.stringify(got.datapoints)}, expected ${JSON.stringify(want.datapoints)}`;
    }
  }
  return undefined;
}

function samePoints(a: ExpectedSeries["datapoints"], b: ExpectedSeries["datapoints"]): boolean {
  return a.length === b.length && a.every(([value, seconds], i) => seconds === b[i]![1] && sameValue(value, b[i]![0]));
}

function sameValue(a: number | null, b: number | null): boolean {
  if (a === null || b === null || a === b) return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
