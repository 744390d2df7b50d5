/** Debian's chronyd on loopback ports, in the foreground, with the system's clock left alone (`-x`). */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const CHRONYD = "/usr/sbin/chronyd";
const run = promisify(execFile);

export interface Chrony {
  /** One command of chronyc; its lines, split at commas. */
  ask(...command: string[]): Promise<string[][]>;
  stop(): Promise<void>;
}

export function chronyIsInstalled(): boolean {
  return existsSync(CHRONYD);
}

/** Resolves when chronyd answers commands. */
export async function startChrony(lines: readonly string[]): Promise<Chrony> {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-chrony-"));
  const commands = join(directory, "commands");
  const settings = [
    "cmdport 0",
    `bindcmdaddress ${commands}`,
    `pidfile ${join(directory, "pid")}`,
    "user root",
    ...lines,
  ];
  writeFileSync(join(directory, "conf"), `${settings.join("\n")}\n`);
  const daemon = spawn(CHRONYD, ["-d", "-x", "-f", join(directory, "conf")], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [daemon.stdout, daemon.stderr]) stream.on("data", (chunk) => (said += chunk));
  const ask = async (...command: string[]): Promise<string[][]> => {
    const { stdout } = await run("chronyc", ["-n", "-c", "-h", commands, ...command]);
    return stdout
      .trim()
      .split("\n")
      .map((line) => line.split(","));
  };
  await waitFor(async () => {
    if (daemon.exitCode !== null) throw new Error(`chronyd ended: ${said}`);
    return ask("tracking").catch(() => undefined);
  });
  return {
    ask,
    async stop() {
      await ended(daemon);
      rmSync(directory, { recursive: true });
    },
  };
}

/** Asks until there is an answer that is not undefined; gives up after a minute. */
export async function waitFor<T>(question: () => Promise<T | undefined>): Promise<T> {
  for (const give_up = Date.now() + 60_000; Date.now() < give_up; ) {
    const answer = await question();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("what was waited for did not come within a minute");
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    process.once("exit", () => resolve());
    process.kill("SIGTERM");
  });
}
