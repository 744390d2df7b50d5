/** npm run sim -- [SEEDS] [FIRST SEED]: the simulations. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./ensure.mjs";

ensureBuilt();
const runner = fileURLToPath(new URL("../.build/test/run-sims.js", import.meta.url));
process.exitCode = spawnSync(process.execPath, [runner, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1;
