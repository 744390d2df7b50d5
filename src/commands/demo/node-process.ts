/** The processes of the demo's nodes: real ones, so that one can really be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { formatHostPort } from "../../core/options.ts";
import type { SocketAddress } from "../../core/world.ts";
import type { CommandContext } from "../command.ts";

export interface NodeProcessOptions {
  readonly program: CommandContext["program"];
  readonly node: string;
  readonly directory: string;
  readonly line: SocketAddress;
  readonly time: SocketAddress;
}

export interface NodeProcess {
  readonly node: string;
  /** Whether it still runs. */
  alive(): boolean;
  /** As a power cut would: no goodbye. */
  kill(): Promise<void>;
  /** As `systemctl stop` would. */
  stop(): Promise<void>;
}

/** The same program again; it ends by itself when this process does, since its standard input ends then. */
export function startNodeProcess({ program, node, directory, line, time }: NodeProcessOptions): NodeProcess {
  const places = ["--to", formatHostPort(line), "--time", formatHostPort(time), "--directory", directory];
  const [executable, ...script] = program;
  const child = spawn(executable, [...script, "demo-node", "--node", node, ...places], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = exit(child);
  const end = (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    child.kill(signal);
    return ended;
  };
  return {
    node,
    alive: () => child.exitCode === null && child.signalCode === null,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

function exit(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("exit", () => resolve());
    child.once("error", reject);
  });
}
