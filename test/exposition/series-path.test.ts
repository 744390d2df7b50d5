import assert from "node:assert/strict";
import { test } from "node:test";
import { labelKey, pathNode, seriesPath } from "#src/exposition/series-path.ts";
import { seeded } from "../support/random.ts";

test("a path is the metric, then label names and values in turn, sorted by name", () => {
  const rows: readonly (readonly [string, readonly (readonly [string, string])[], string])[] = [
    ["up", [], "up"],
    [
      "cpu_total",
      [
        ["mode", "idle"],
        ["cpu", "0"],
      ],
      "cpu_total.cpu.0.mode.idle",
    ],
    ["disk", [["path", "/var/lib"]], "disk.path.%2Fvar%2Flib"],
    ["build", [["version", "1.5.0-rc"]], "build.version.1%2E5%2E0-rc"],
    ["rule:sum", [["zone", ""]], "rule%3Asum.zone.%"],
    ["city", [["name", "Zürich 🚦"]], "city.name.Z%C3%BCrich%20%F0%9F%9A%A6"],
    [
      "odd",
      [
        ["a", "100%"],
        ["b", "%"],
        ["c", "!~*'();\n"],
      ],
      "odd.a.100%25.b.%25.c.%21%7E%2A%27%28%29%3B%0A",
    ],
  ];
  for (const [metric, labels, want] of rows) {
    const asLabels = labels.map(([name, value]) => ({ name, value }));
    assert.equal(seriesPath(metric, asLabels), want);
    assert.equal(seriesPath(metric, asLabels.toReversed()), want);
  }
});

test("a node can be read back, so two values never share one", () => {
  const random = seeded();
  const characters = [..."ab/_-.% ~*Zü🚦\n\u0000;={}"];
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: random.below(6) }, () => random.pick(characters)).join("");
    const node = pathNode(text);
    assert.match(node, /^[A-Za-z0-9_%-]+$/, `seed ${random.seed}`);
    assert.equal(node === "%" ? "" : decodeURIComponent(node), text, `seed ${random.seed}`);
  }
});

test("a label key is the same for every order and for no other set", () => {
  const key = (...pairs: [string, string][]) => labelKey(pairs.map(([name, value]) => ({ name, value })));
  assert.equal(key(["a", "1"], ["b", "2"]), key(["b", "2"], ["a", "1"]));
  assert.notEqual(key(["a", '1",b="2']), key(["a", "1"], ["b", "2"]));
  assert.notEqual(key(["a", ""]), key());
});
