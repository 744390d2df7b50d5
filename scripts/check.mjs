/** npm run check: types, lint, format, generated files, tidy and unit tests, in about ten seconds. `-- NAME` runs only the unit tests named so. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureInstalled } from "./ensure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
ensureInstalled();
const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
const steps = [
  ["types", bin("tsc"), ["-b"]],
  ["lint and format", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["generated files", process.execPath, ["scripts/generate.mjs", "--check"]],
  ["unit tests", process.execPath, ["--test-reporter=dot", ".build/test/run-unit.js", ...process.argv.slice(2)]],
];
const HUNG_MS = 6 * 60_000;
for (const [name, command, args] of steps) {
  const started = Date.now();
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", timeout: HUNG_MS, killSignal: "SIGKILL" });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (done.status !== 0) {
    const how = done.error?.code === "ETIMEDOUT" ? "hung, and was killed" : "failed";
    console.error(`\ncheck: ${name} ${how} after ${seconds} s`);
    process.exit(1);
  }
  console.log(`check: ${name} ok (${seconds} s)`);
}
