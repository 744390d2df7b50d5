/** Runs every `*.test.js` in this one process: starting a process per file costs more than the tests do. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const only = process.argv[2];
const found = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.js") && (only === undefined || name.includes(only)))
  .sort();
if (found.length === 0) throw new Error(`no unit test's name contains "${only}"`);
for (const name of found) await import(pathToFileURL(join(here, name)).href);
