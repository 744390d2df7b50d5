#!/usr/bin/env node
/** The program: finds the command, gives it the real world, and is the only one that exits the process. */
import { readFileSync } from "node:fs";
import type { CommandContext } from "./commands/command.ts";
import { COMMANDS } from "./commands/index.ts";
import { commandHelp, type ParsedCommand, parseCommand, programHelp } from "./commands/parse.ts";
import { errorText, LockstepError } from "./core/errors.ts";
import { createLog } from "./core/log.ts";
import { realWorld } from "./core/real/world.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_BUG = 70;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv[0] === "--help" || argv[0] === "help") {
    process.stdout.write(programHelp(COMMANDS, version()));
    return argv.length === 0 ? EXIT_USAGE : 0;
  }
  if (argv[0] === "--version") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  try {
    const parsed = parseCommand(COMMANDS, argv);
    if (parsed.flags.has("help")) {
      process.stdout.write(commandHelp(parsed.command));
      return 0;
    }
    return await parsed.command.run(contextOf(parsed));
  } catch (error) {
    return report(error);
  }
}

/** An operating error is a sentence; anything else is a bug of ours, and its stack is what helps. */
function report(error: unknown): number {
  if (error instanceof LockstepError || (error instanceof Error && "syscall" in error)) {
    for (const line of errorText(error).split("\n")) process.stderr.write(`lockstep: ${line}\n`);
    return error instanceof LockstepError && error.code === "USAGE" ? EXIT_USAGE : EXIT_FAILED;
  }
  process.stderr.write(
    `lockstep: a bug of ours, please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_BUG;
}

function contextOf({ flags, positional }: ParsedCommand): CommandContext {
  const world = realWorld();
  return {
    version: version(),
    world,
    openLog: (level) => createLog({ clock: world.clock, level, write: (line) => process.stderr.write(`${line}\n`) }),
    flags,
    positional,
    env: process.env,
    print: (text) => void process.stdout.write(text),
    progress: (text) => void process.stderr.write(text),
    terminal: {
      output: process.stdout.isTTY === true,
      errors: process.stderr.isTTY === true,
      columns: process.stdout.columns ?? 80,
    },
    program: [process.execPath, ...process.execArgv, process.argv[1]!],
    inputEnded: () => {
      const { stdin } = process;
      stdin.resume();
      if ("unref" in stdin) stdin.unref(); // waiting for it to end keeps nobody alive
      return new Promise((resolve) => stdin.once("close", () => resolve()));
    },
    signal: stopSignal(),
  };
}

/** The first SIGINT or SIGTERM asks the command to end; the second ends the process as it is. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_FAILED);
      controller.abort();
    });
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0); // `| head` has seen enough
  });
  return controller.signal;
}

function version(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
