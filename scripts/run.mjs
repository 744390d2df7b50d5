/** Installs and builds what is missing, then runs the program: `npm start`, `npm run demo`. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./ensure.mjs";

ensureBuilt();
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
// Node would let the space for young objects grow to 48 MB in each thread, for a program that makes few.
const flags = ["--max-semi-space-size=4"];
const child = spawn(process.execPath, [...flags, main, ...process.argv.slice(2)], { stdio: "inherit" });
// The terminal sends SIGINT to both; a service manager sends SIGTERM to us alone.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
});
