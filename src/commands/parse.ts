/** argv → a command, its flags and the rest; and the help that goes with it. */
import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import { LockstepError } from "../core/errors.ts";
import type { Command, Flag, FlagValues } from "./command.ts";

/** Flags that every command has. */
export const COMMON_FLAGS: Readonly<Record<string, Flag>> = {
  help: { help: "Says what the command does." },
};

export interface ParsedCommand {
  readonly command: Command;
  readonly flags: FlagValues;
  readonly positional: readonly string[];
}

/** @throws LockstepError `USAGE`, with what would be right. */
export function parseCommand(commands: readonly Command[], argv: readonly string[]): ParsedCommand {
  const command = findCommand(commands, argv);
  const rest = argv.slice(command.name.split(" ").length);
  const flags = { ...COMMON_FLAGS, ...command.flags };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.value === undefined ? ("boolean" as const) : ("string" as const), multiple: flag.repeated ?? false },
    ]),
  );
  const unknown = rest.find((word) => /^--[^=]/.test(word) && !(word.slice(2).split("=")[0]! in flags));
  if (unknown !== undefined) throw unknownFlag(command, unknown, Object.keys(flags));
  try {
    const parsed = parseArgs({ args: [...rest], options, strict: true, allowPositionals: true });
    return { command, flags: flagValues(parsed.values), positional: parsed.positionals };
  } catch (error) {
    throw usage(
      `${error instanceof Error ? error.message.split(". ")[0] : error}; see lockstep ${command.name} --help`,
    );
  }
}

function findCommand(commands: readonly Command[], argv: readonly string[]): Command {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(" ");
    const command = commands.find((candidate) => candidate.name === name);
    if (command !== undefined) return command;
  }
  const word = argv[0] ?? "";
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const inGroup = shown.filter((command) => command.name.startsWith(`${word} `)).map((command) => command.name);
  if (inGroup.length > 0) throw usage(`lockstep ${word} needs one more word: ${inGroup.join(", ")}`);
  const meant = nearest(
    word,
    shown.map((command) => command.name),
  );
  throw usage(
    `"${word}" is no command; ${meant === undefined ? "" : `did you mean ${meant}? `}lockstep --help lists them all`,
  );
}

function unknownFlag(command: Command, word: string, names: readonly string[]): LockstepError {
  const meant = nearest(word.slice(2).split("=")[0]!, names);
  return usage(
    `lockstep ${command.name} has no flag ${word.split("=")[0]}; ${meant === undefined ? "" : `did you mean --${meant}? `}lockstep ${command.name} --help lists them all`,
  );
}

function usage(message: string): LockstepError {
  return new LockstepError("USAGE", message);
}

function flagValues(values: Readonly<Record<string, unknown>>): FlagValues {
  const all = (name: string): readonly string[] => {
    const value = values[name];
    if (value === undefined || typeof value === "boolean") return [];
    return Array.isArray(value) ? (value as string[]) : [value as string];
  };
  return { has: (name) => values[name] === true || all(name).length > 0, get: (name) => all(name).at(-1), all };
}

/** What `lockstep COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  const flags = Object.entries({ ...command.flags, ...COMMON_FLAGS });
  const usageLine = ["lockstep", command.name, command.arguments, "[flags]"]
    .filter((word) => word !== undefined)
    .join(" ");
  const width = Math.max(...flags.map(([name, flag]) => flagSpelling(name, flag).length));
  const lines = flags.map(([name, flag]) => `  ${flagSpelling(name, flag).padEnd(width)}  ${flag.help}`);
  return `${command.summary}\n\nUsage: ${usageLine}\n\n${command.help.trim()}\n\nFlags:\n${lines.join("\n")}\n`;
}

/** What `lockstep --help` prints. */
export function programHelp(commands: readonly Command[], version: string): string {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const width = Math.max(...shown.map((command) => command.name.length));
  const lines = shown.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return (
    `Lockstep ${version}: monitoring for Posit Connect high-availability clusters.\n\n` +
    `Usage: lockstep COMMAND [flags]\n\nCommands:\n${lines.join("\n")}\n\n` +
    "lockstep COMMAND --help says more about one.\n"
  );
}

function flagSpelling(name: string, flag: Flag): string {
  return flag.value === undefined ? `--${name}` : `--${name} ${flag.value}`;
}
