/** npm run bench -- [--small] [--write] [NAME]: the benchmarks (bench/main.ts). */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureDebianParts } from "./debian.mjs";
import { ensureBuilt } from "./ensure.mjs";

ensureBuilt();
ensureDebianParts();
const main = fileURLToPath(new URL("../.build/bench/main.js", import.meta.url));
const cwd = fileURLToPath(new URL("..", import.meta.url));
process.exitCode = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { cwd, stdio: "inherit" }).status ?? 1;
