/** The series that pages read exist: they are in docs/series.md, under the names that collectors send. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CHART_SUBJECTS } from "#src/web/view-models/charts.ts";
import { QUEUE_SUBJECTS, SESSIONS_SUBJECT } from "#src/web/view-models/figures.ts";
import { LIGHT_SUBJECTS } from "#src/web/view-models/lights.ts";
import { LOAD_SUBJECTS } from "#src/web/view-models/tile.ts";

const text = readFileSync(fileURLToPath(new URL("../../../docs/series.md", import.meta.url)), "utf8");
const documented = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => {
  const pattern = match[1]!.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/<[^>]+>/g, "[^.]+");
  return new RegExp(`^${pattern}$`);
});

for (const subject of [...CHART_SUBJECTS, ...LIGHT_SUBJECTS, ...LOAD_SUBJECTS, ...QUEUE_SUBJECTS, SESSIONS_SUBJECT]) {
  test(`${subject} is a documented series`, () => {
    assert.ok(documented.some((pattern) => pattern.test(subject)));
  });
}
