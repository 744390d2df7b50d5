/**
 * Makes sure that what package-lock.json names is installed and that dist/ is built from what src/ holds now, so that
 * `npm start` and `npm test` work alone in a fresh clone. Uses nothing but Node and npm.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const lock = `${root}package-lock.json`;
const stamp = `${root}node_modules/.lockstep-installed`;

export function ensureInstalled() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Lockstep needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  }
  const wanted = readFileSync(lock, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Installing packages (npm ci) …");
  run(
    "npm",
    ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"],
    "the packages could not be installed",
  );
  writeFileSync(stamp, wanted);
}

export function ensureBuilt() {
  ensureInstalled();
  run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-b"], "the build failed");
}

function run(command, args, failure) {
  const done = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (done.error !== undefined) fail(`${failure}: ${done.error.message}`);
  if (done.status !== 0)
    fail(`${failure}: ${[command, ...args].join(" ")} ended with status ${done.status ?? done.signal}`);
}

function fail(message) {
  console.error(`lockstep: ${message}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureBuilt();
