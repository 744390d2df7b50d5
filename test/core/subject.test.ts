import assert from "node:assert/strict";
import { test } from "node:test";
import { fillSubject, type Subject, subjectLookup } from "#src/core/subject.ts";

function subject(path: string): Subject {
  return { path, scope: "node", kind: "gauge", class: "sum", unit: "", meaning: path };
}

test("a path is found by its pattern, and one without a placeholder before one with", () => {
  const lookup = subjectLookup(["a.<x>.c", "a.b.c", "a.<x>", "<x>.<y>.<z>"].map(subject));
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["a.b.c", "a.b.c"],
    ["a.q.c", "a.<x>.c"],
    ["q.r.s", "<x>.<y>.<z>"],
    ["a.q", "a.<x>"],
    ["a", undefined],
    ["a..c", undefined],
    ["a.q.c.d", undefined],
    ["", undefined],
  ];
  for (const [path, want] of rows) assert.equal(lookup(path)?.path, want, path);
});

test("placeholders are filled, and a path that lacks one is none", () => {
  const values: Readonly<Record<string, string>> = { queue: "default", status: "ok" };
  const fill = (path: string) => fillSubject(path, (name) => values[name]);
  assert.equal(fill("queue.<queue>.completed.<status>"), "queue.default.completed.ok");
  assert.equal(fill("plain.path"), "plain.path");
  assert.equal(fill("queue.<queue>.<other>"), undefined);
});
