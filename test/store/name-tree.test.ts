/** The tree of names beside a plain list of them, under random additions and removals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePattern, type NodeMatcher } from "#src/core/glob.ts";
import { NameTree } from "#src/store/name-tree.ts";
import { seeded } from "../support/random.ts";

const encoder = new TextEncoder();
const PATTERNS = ["*", "a.*", "*.b", "a.b.*", "{a,b}.*.c", "a.**", "**.c", "[a-b].?", "**", "a.b.c", "*.*.*", "é.*"];

/** Whether a path of as many nodes as the pattern has matches it. */
function matches(matchers: readonly NodeMatcher[], nodes: readonly string[]): boolean {
  const [matcher, ...rest] = matchers;
  if (matcher === undefined) return nodes.length === 0;
  if (matcher.kind === "deep") {
    const least = rest.length === 0 ? 1 : 0;
    for (let n = least; n <= nodes.length; n++) if (matches(rest, nodes.slice(n))) return true;
    return false;
  }
  const [node, ...others] = nodes;
  if (node === undefined) return false;
  const fits = matcher.kind === "any" || (matcher.kind === "literal" ? matcher.text === node : matcher.test(node));
  return fits && matches(rest, others);
}

function expected(names: ReadonlyMap<string, number>, pattern: string): string[] {
  const matchers = compilePattern(pattern);
  const found = new Set<string>();
  for (const [name, id] of names) {
    const nodes = name.split(".");
    for (let depth = 1; depth <= nodes.length; depth++) {
      if (!matches(matchers, nodes.slice(0, depth))) continue;
      found.add(`${nodes.slice(0, depth).join(".")} ${depth === nodes.length ? id : "branch"}`);
    }
  }
  return [...found].sort();
}

test("the tree finds what a list of names finds, whatever was added and removed before", () => {
  const random = seeded();
  const { seed } = random;
  const tree = new NameTree();
  const names = new Map<string, number>();
  let next = 0;
  for (let round = 0; round < 3_000; round++) {
    const depth = 1 + random.below(4);
    const name = Array.from({ length: depth }, () => random.pick(["a", "b", "c", "ab", "é", ""])).join(".");
    const id = names.get(name);
    if (id === undefined) {
      names.set(name, next);
      tree.add(encoder.encode(name), next++);
    } else {
      names.delete(name);
      tree.remove([encoder.encode(name)]);
    }
    if (round % 20 > 0) continue;
    for (const pattern of PATTERNS) {
      const found = tree.find(pattern, 10_000).map(({ path, id: of }) => `${path} ${of ?? "branch"}`);
      assert.deepEqual(found.sort(), expected(names, pattern), `seed ${seed}, round ${round}, ${pattern}`);
    }
  }
});

test("names that come and go do not make the tree grow", () => {
  const tree = new NameTree();
  const names = Array.from({ length: 5_000 }, (_, i) => encoder.encode(`connect.prod.n${i % 50}.job${i}.seconds`));
  names.forEach((name, id) => {
    tree.add(name, id);
  });
  const { memoryBytes } = tree;
  for (let round = 0; round < 20; round++) {
    tree.remove(names);
    assert.deepEqual(tree.find("**", 10), []);
    names.forEach((name, id) => {
      tree.add(name, id);
    });
  }
  assert.equal(tree.memoryBytes, memoryBytes);
  assert.equal(tree.find("connect.*.*.*.seconds", 10_000).length, 5_000);
});
