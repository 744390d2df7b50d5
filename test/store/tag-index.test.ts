/** The index of tags beside a look at every series, under random additions and removals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TagExpression } from "#src/core/series-store.ts";
import { parseTaggedName } from "#src/core/tags.ts";
import { TagIndex } from "#src/store/tag-index.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

const OPERATIONS = 3000;

test("the tag index finds what a look at every series finds", () => {
  const random = seeded();
  const index = new TagIndex();
  const names = new Map<number, string>();
  for (let id = 0, operation = 0; operation < OPERATIONS; operation++) {
    const what = `seed ${random.seed}, operation ${operation}`;
    if (random.chance(0.9)) {
      const name = randomTaggedName(random);
      if ([...names.values()].includes(name)) continue;
      names.set(id, name);
      index.add(name, id++);
    } else {
      const gone = [...names].filter(() => random.chance(0.3)).map(([goneId, path]) => ({ id: goneId, path }));
      index.remove(gone);
      for (const { id: goneId } of gone) names.delete(goneId);
    }
    if (operation % 10 !== 0) continue;
    const expressions = [randomExpression(random, ["=", "=~"]), ...twoExpressions(random)];
    const wanted = [...names].filter(([, name]) => expressions.every((one) => holds(one, name))).map(([n]) => n);
    const found = index.find(expressions);
    assert.deepEqual([...found], wanted, `${what}: ${JSON.stringify(expressions)}`);
    const words = (key: string | undefined, among: readonly string[]): string[] =>
      [...new Set(among.flatMap((name) => wordsOf(name, key)))].sort();
    const among = wanted.map((n) => names.get(n)!);
    assert.deepEqual(index.keys(found, () => true).sort(), words(undefined, among), what);
    assert.deepEqual(index.keys(undefined, () => true).sort(), words(undefined, [...names.values()]), what);
    assert.deepEqual(index.values("host", found, () => true).sort(), words("host", among), what);
    const first = (value: string): boolean => value.startsWith("1");
    assert.deepEqual(
      index.values("host", undefined, first).sort(),
      words("host", [...names.values()]).filter(first),
      what,
    );
  }
});

function randomTaggedName(random: SeededRandom): string {
  const tags = ["dc", "host", "unit"].filter(() => random.chance(0.7));
  const values = { dc: 2, host: 60, unit: 8 } as Readonly<Record<string, number>>;
  return [`m${random.below(4)}`, ...tags.map((key) => `${key}=${random.below(values[key]!)}`)].join(";");
}

function twoExpressions(random: SeededRandom): TagExpression[] {
  return Array.from({ length: random.below(3) }, () => randomExpression(random, ["=", "!=", "=~", "!=~"]));
}

function randomExpression(random: SeededRandom, operators: readonly TagExpression["operator"][]): TagExpression {
  const key = random.pick(["name", "dc", "host", "unit", "none"]);
  const operator = random.pick(operators);
  const needed = operators.length === 2;
  const plain = key === "name" ? `m${random.below(4)}` : String(random.below(8));
  const value = operator.includes("~") ? random.pick(["1", "[2-5]", "m1", "5|6"]) : plain;
  return { key, operator, value: !needed && random.chance(0.1) ? "" : value };
}

function holds({ key, operator, value }: TagExpression, name: string): boolean {
  const { metric, tags } = parseTaggedName(name);
  const actual = key === "name" ? metric : (tags.get(key) ?? "");
  const hit = operator.includes("~") ? new RegExp(`^(?:${value})`).test(actual) : actual === value;
  return hit === (operator === "=" || operator === "=~");
}

function wordsOf(name: string, key: string | undefined): string[] {
  const { metric, tags } = parseTaggedName(name);
  const pairs = new Map([["name", metric], ...tags]);
  if (key === undefined) return [...pairs.keys()];
  return pairs.has(key) ? [pairs.get(key)!] : [];
}
