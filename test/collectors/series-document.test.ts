import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { collectorSeriesDocument } from "#src/collectors/series-document.ts";

const DOCUMENT = fileURLToPath(new URL("../../../docs/series.md", import.meta.url));

test("docs/series.md says what the collectors send (UPDATE=1 writes it)", () => {
  const text = `# Series\n\n${collectorSeriesDocument()}\n`;
  const { UPDATE } = process.env;
  if (UPDATE === "1") writeFileSync(DOCUMENT, text);
  assert.equal(readFileSync(DOCUMENT, "utf8"), text);
});
