/** Whole outputs kept as files: `UPDATE=1` writes them anew. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const { UPDATE } = process.env;

/** `name` is below test/golden. */
export function assertGolden(name: string, actual: string): void {
  const path = fileURLToPath(new URL(`../../../test/golden/${name}`, import.meta.url));
  if (UPDATE === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  assert.ok(existsSync(path), `there is no golden file ${name}: UPDATE=1 writes it`);
  assert.equal(actual, readFileSync(path, "utf8"), `golden file ${name}`);
}
