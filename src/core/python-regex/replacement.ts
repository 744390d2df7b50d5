/** The templates of `re.sub`: text with `\1`, `\g<1>`, `\g<name>` and Python's escapes. */
import { LockstepError } from "../errors.ts";
import type { RegexSyntax } from "./syntax.ts";

/** Text, or the number of a group. */
export type ReplacementPiece = string | number;

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** @throws LockstepError `QUERY_REGEX` for a group that is not there or an escape that Python refuses. */
export function parseReplacement(template: string, syntax: RegexSyntax): ReplacementPiece[] {
  const pieces: ReplacementPiece[] = [];
  // A group by name; three octal digits; an octal after \0; one or two digits of a group; any other escape; text.
  const token = /\\g<([^>]*)>|\\([0-3][0-7]{2}|0[0-7]?)|\\([1-9]\d?)|\\([\s\S]?)|[^\\]+/gy;
  for (const match of template.matchAll(token)) {
    const [text, name, octal, group, letter] = match;
    if (name !== undefined) pieces.push(groupNumber(template, name, syntax));
    else if (octal !== undefined) pieces.push(String.fromCodePoint(Number.parseInt(octal, 8)));
    else if (group !== undefined) pieces.push(groupNumber(template, group, syntax));
    else if (letter !== undefined) pieces.push(escapedText(template, letter));
    else pieces.push(text);
  }
  return pieces;
}

function groupNumber(template: string, name: string, syntax: RegexSyntax): number {
  const group = /^\d+$/.test(name) ? Number(name) : syntax.groupNames.get(name);
  if (group === undefined || group > syntax.groups) throw replacementError(template, `there is no group "${name}"`);
  return group;
}

function escapedText(template: string, letter: string): string {
  const known = ESCAPES[letter];
  if (known !== undefined) return known;
  if (letter === "") throw replacementError(template, "it ends in a backslash");
  if (/[a-zA-Z0-9]/.test(letter)) throw replacementError(template, `bad escape \\${letter}`);
  return `\\${letter}`;
}

function replacementError(template: string, rule: string): LockstepError {
  return new LockstepError("QUERY_REGEX", `cannot use the replacement "${template}": ${rule}`);
}
