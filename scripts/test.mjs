/**
 * npm test: everything. Installs what is missing, checks, then runs the simulations, the tests against foreign parts
 * (each file in a process of its own) and the small sizes of the benchmarks. `-- NAME` runs only what is named so.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureDebianParts } from "./debian.mjs";
import { ensureInstalled } from "./ensure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const only = process.argv[2];
// The same randomness each time, so that it says the same twice; another seed explores: SEED=7 npm test
process.env.SEED ??= "1";
const results = [];
/** A step that takes this long hangs: it is named and killed, and the rest still runs. */
const HUNG_MS = 15 * 60_000;

ensureInstalled();
ensureDebianParts();
step("check", ["scripts/check.mjs", ...(only === undefined ? [] : [only])]);
if (only === undefined) step("simulations", [".build/test/run-sims.js", "2"]);
const files = readdirSync(`${root}.build/test`, { recursive: true })
  .filter((name) => /\.(live|e2e)\.js$/.test(name) && (only === undefined || name.includes(only)))
  .sort();
if (only === undefined) step("benchmarks, small", [".build/bench/main.js", "--small"]);
for (const name of files) step(name, ["--test", "--test-reporter=spec", `.build/test/${name}`]);

console.log("");
for (const { name, seconds, ok } of results) console.log(`${ok ? "ok  " : "FAIL"}  ${name} (${seconds} s)`);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

function step(name, args) {
  console.log(`\n── ${name}`);
  const started = Date.now();
  const done = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: "inherit",
    timeout: HUNG_MS,
    killSignal: "SIGKILL",
  });
  if (done.error?.code === "ETIMEDOUT")
    console.error(`${name}: did not end within ${HUNG_MS / 60_000} min and was killed`);
  results.push({ name, seconds: ((Date.now() - started) / 1000).toFixed(0), ok: done.status === 0 });
}
