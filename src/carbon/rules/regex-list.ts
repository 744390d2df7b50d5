/** `blacklist.conf` and `whitelist.conf`: a regular expression a line, searched for anywhere in the name as it was sent. */
import { ruleLines, ruleRegex } from "./syntax.ts";

export interface RegexList {
  readonly length: number;
  /** Whether one of the expressions is found in the name. */
  has(name: string): boolean;
}

/** @throws LockstepError `RULES_SYNTAX` with file and line. */
export function parseRegexList(text: string, file: string): RegexList {
  // As carbon: only a # in the first column makes a comment.
  const regexes = ruleLines(text, file, (line) => line.startsWith("#")).map((line) => ruleRegex(line, line.text));
  return { length: regexes.length, has: (name) => regexes.some((regex) => regex.search(name)) };
}
