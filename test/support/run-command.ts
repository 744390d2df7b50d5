/** Runs a command of ours in this process, in a world of the test's, and keeps what it says. */
import type { Command, CommandContext } from "#src/commands/command.ts";
import { parseCommand } from "#src/commands/parse.ts";
import { silentLog } from "#src/core/log.ts";
import type { World } from "#src/core/world.ts";

export interface Ran {
  readonly status: number;
  readonly output: string;
  readonly progress: string;
}

export async function runCommand(
  world: World,
  command: Command,
  argv: readonly string[],
  given: Partial<CommandContext> = {},
): Promise<Ran> {
  const { flags, positional } = parseCommand([command], [...command.name.split(" "), ...argv]);
  let output = "";
  let progress = "";
  const status = await command.run({
    version: "test",
    world,
    openLog: () => silentLog,
    flags,
    positional,
    env: {},
    print: (text) => {
      output += text;
    },
    terminal: { output: false, errors: false, columns: 80 },
    progress: (text) => {
      progress += text;
    },
    program: [process.execPath],
    inputEnded: () => Promise.resolve(),
    signal: new AbortController().signal,
    ...given,
  });
  return { status, output, progress };
}

/** The real world, with a clock that stands where the test wants it. */
export function atMoment(world: World, nowSeconds: () => number): World {
  return { ...world, clock: { ...world.clock, wallMs: () => nowSeconds() * 1000 } };
}
