/** Debian's rrdtool in its pipe mode: one process, a command a line. */
import { spawn } from "node:child_process";

export interface Rrdtool {
  /** What the command prints. Rejects with rrdtool's own words when it fails. */
  run(command: string): Promise<string>;
  stop(): Promise<void>;
}

const DONE = /^(?:OK u:\S+ s:\S+ r:\S+|ERROR: (.*))\n$/;

/** `directory` is where relative paths begin. */
export function startRrdtool(directory: string, timeZone = "UTC"): Rrdtool {
  const child = spawn("/usr/bin/rrdtool", ["-"], {
    cwd: directory,
    env: { TZ: timeZone, LC_ALL: "C" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting: { readonly resolve: (text: string) => void; readonly reject: (error: Error) => void }[] = [];
  let lines: string[] = [];
  let rest = "";
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      for (const { reject } of waiting.splice(0)) reject(error);
      resolve();
    });
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split(/(?<=\n)/);
    rest = parts.at(-1)!.endsWith("\n") ? "" : parts.pop()!;
    for (const line of parts) {
      const done = DONE.exec(line);
      if (done === null) {
        lines.push(line);
        continue;
      }
      const answer = lines.join("");
      lines = [];
      const next = waiting.shift();
      if (done[1] === undefined) next?.resolve(answer);
      else next?.reject(new Error(done[1]));
    }
  });
  return {
    run(command) {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${command}\n`);
      });
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
