/** Real programs for live tests: started on the loopback, stopped by their own handle. */
import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

export interface Program {
  readonly pid: number;
  /** Its exit status; null when a signal has ended it, or it could not be started. */
  readonly ended: Promise<number | null>;
  /** What it wrote to standard output and error so far. */
  output(): string;
  stop(): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
}

export function startProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child: ChildProcess = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => resolve(code));
    child.once("error", (error) => {
      output += String(error);
      resolve(null);
    });
  });
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { pid: child.pid!, ended, output: () => output, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const GIVE_UP_MS = 30_000;

/** Asks again and again until there is an answer; an error counts as none. Fails with `describe()` when it takes too long. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  describe: () => string,
  giveUpMs = GIVE_UP_MS,
): Promise<T> {
  const deadline = performance.now() + giveUpMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await setTimeout(100);
  }
  throw new Error(`gave up waiting: ${describe()}`, { cause: last });
}
