import assert from "node:assert/strict";
import { test } from "node:test";
import { NameTable, UNDECIDED } from "#src/core/name-table.ts";

test("a spelling that led elsewhere can become a series' own name", () => {
  const names = new NameTable(1, 4);
  const other = names.addSeries("new.name");
  names.addSpelling("old.name", other);
  assert.equal(names.idOfName("old.name"), -1, "it is no series yet");
  const own = names.addSeries("old.name");
  assert.equal(names.idOfName("old.name"), own);
  assert.equal(names.nameOf(own), "old.name");
  assert.equal(names.nameOf(other), "new.name");
  assert.equal(names.targetOf(names.entryOf("old.name")), own);
});

test("forgotten targets are those of the names, or none", () => {
  const names = new NameTable(1, 4);
  const id = names.addSeries("a.b");
  names.addSpelling("a..b", id);
  names.forgetTargets(false);
  assert.equal(names.targetOf(names.entryOf("a.b")), UNDECIDED);
  assert.equal(names.targetOf(names.entryOf("a..b")), UNDECIDED);
  for (let i = 0; i < 100; i++) names.addSeries(`later.${i}`);
  assert.equal(names.targetOf(names.entryOf("later.99")), UNDECIDED, "new series are to be decided, too");
  assert.equal(names.idOfName("a.b"), id);
  names.forgetTargets(true);
  assert.equal(names.targetOf(names.entryOf("a.b")), id);
  assert.equal(names.targetOf(names.entryOf("a..b")), UNDECIDED);
  assert.equal(names.targetOf(names.entryOf("later.99")), 100);
});
