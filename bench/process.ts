/** Programs that are measured from outside: what Linux tells about a process under /proc, and about a directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** What /proc counts in: a hundredth of a second on every Linux of ours. */
const TICKS_PER_SECOND = 100;
const OUTPUT_KEPT = 4_000;
const STOP_MS = 60_000;

export interface Measured {
  readonly pid: number;
  /** The end of what it wrote. */
  output(): string;
  ended(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** By SIGTERM; by SIGKILL if that is not enough. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export function startMeasured(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Measured {
  const child: ChildProcess = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  if (child.pid === undefined) {
    child.once("error", () => undefined);
    throw new Error(`could not start ${command}`);
  }
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (bytes) => (output = (output + String(bytes)).slice(-OUTPUT_KEPT)));
  }
  let over = false;
  const end = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      over = true;
      output += `\n(ended: ${signal ?? code})`;
      resolve();
    });
  });
  const kill = () => {
    child.kill("SIGKILL");
    return end;
  };
  return {
    pid: child.pid,
    output: () => output,
    ended: () => over,
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill("SIGTERM");
      const waiting = new AbortController();
      const late = setTimeout(STOP_MS, "late" as const, { signal: waiting.signal }).catch(() => "ended" as const);
      const how = await Promise.race([end, late]);
      waiting.abort();
      if (how !== "late") return;
      await kill();
      throw new Error(`${command} did not stop within ${STOP_MS / 1000} s of SIGTERM`);
    },
    kill,
  };
}

/** Of all threads, ended ones included: utime and stime of proc(5). */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function memoryBytes(pid: number, which: "VmHWM" | "VmRSS"): number {
  const match = new RegExp(`^${which}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (match === null) throw new Error(`/proc/${pid}/status has no ${which}`);
  return Number(match[1]) * 1024;
}

/** Sum of the sizes of all files whose names match. */
export function directoryBytes(directory: string, names = /^/): number {
  let sum = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !names.test(entry.name)) continue;
    // A file may go between the listing and the look: a merge puts one in the place of several.
    sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}

const GIVE_UP_MS = 30_000;

/** Asks again and again until there is an answer; an error counts as none, unless the process has ended. */
export async function waitFor<T>(
  what: string,
  program: Measured,
  ask: () => Promise<T | undefined>,
  { everyMs = 50, giveUpMs = GIVE_UP_MS } = {},
): Promise<T> {
  const deadline = performance.now() + giveUpMs;
  let last = "no answer yet";
  while (performance.now() < deadline) {
    if (program.ended()) throw new Error(`ended while waiting for ${what}: ${program.output()}`);
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = String(error);
    }
    await setTimeout(everyMs);
  }
  throw new Error(`gave up waiting for ${what} after ${giveUpMs / 1000} s (${last}): ${program.output()}`);
}

/** Until it uses no more than a twentieth of a core for so long, and its files keep their size. */
export async function waitUntilQuiet(
  program: Measured,
  directory: string,
  seconds: number,
  giveUpMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + giveUpMs;
  for (;;) {
    const before = [cpuSeconds(program.pid), directoryBytes(directory)] as const;
    await setTimeout(seconds * 1000);
    const quiet =
      cpuSeconds(program.pid) - before[0] <= Math.max(0.02, seconds / 20) && directoryBytes(directory) === before[1];
    if (quiet) return;
    if (performance.now() > deadline) throw new Error(`did not become quiet within ${giveUpMs / 1000} s`);
  }
}
