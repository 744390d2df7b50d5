import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { REASONS } from "#src/receivers/reasons.ts";

test("docs/receivers.md lists every reason with its words, and no other", () => {
  const text = readFileSync(fileURLToPath(new URL("../../../docs/receivers.md", import.meta.url)), "utf8");
  const table = text.slice(text.indexOf("## Reasons"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, reason, words]) => [reason, words]);
  assert.deepEqual(Object.fromEntries(rows), REASONS);
});
