/**
 * What a command of the program is: one file each, listed in index.ts by hand (their order is the order of the help).
 * A command is a composition root: the only place where rooms meet.
 */
import type { Log, LogLevel } from "../core/log.ts";
import type { World } from "../core/world.ts";

export interface Command {
  /** One or two words: `start`, `rrd fetch`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name in the usage line: `FILE [CF]`. */
  readonly arguments?: string;
  /** Paragraphs under the usage line: what it does, examples. */
  readonly help: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** Not in the list of commands: for our own use. */
  readonly hidden?: true;
  /** Resolves with the exit status: 0 done, 1 failed or found something wrong, 2 called wrongly. */
  run(context: CommandContext): Promise<number>;
}

export interface Flag {
  readonly help: string;
  /** Shown as `--name VALUE`; a flag without one is a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeated?: boolean;
}

export interface CommandContext {
  /** Of the program. */
  readonly version: string;
  readonly world: World;
  /** The log of a command that runs for long, on standard error. */
  openLog(level: LogLevel): Log;
  readonly flags: FlagValues;
  /** What is left after the command's name and flags. */
  readonly positional: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output, as it is. */
  print(text: string): void;
  /** Whether standard output and error are a terminal, and how wide. */
  readonly terminal: { readonly output: boolean; readonly errors: boolean; readonly columns: number };
  /** Writes to standard error without a newline: progress lines. */
  progress(text: string): void;
  /** The command line that starts this program: what a further process of it begins with. */
  readonly program: readonly [executable: string, ...script: string[]];
  /** Resolves when standard input ends. */
  inputEnded(): Promise<void>;
  /** Aborted at SIGINT and SIGTERM: a command that runs for long returns then. */
  readonly signal: AbortSignal;
}

export interface FlagValues {
  /** Whether a switch was given. */
  has(name: string): boolean;
  /** The value of a flag, the last one given. */
  get(name: string): string | undefined;
  all(name: string): readonly string[];
}
