/** What carbon's rule files have in common: lines, comments, Python's regular expressions, and how a fault is told. */
import { LockstepError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { type PythonRegex, pythonRegex } from "../../core/python-regex/regex.ts";

/** Where a rule stands. */
export interface RuleLine {
  readonly file: string;
  /** Counted from 1. */
  readonly number: number;
  /** Without blanks around it; never empty. */
  readonly text: string;
}

/** The lines that are not empty and no comment; `isComment` sees a line with the blanks around it. */
export function ruleLines(text: string, file: string, isComment: (line: string) => boolean): RuleLine[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((raw, index) => ({ file, number: index + 1, text: raw.trim(), raw }))
    .filter((line) => line.text !== "" && !isComment(line.raw));
}

export function rulesError(line: RuleLine, fault: string, cause?: unknown): LockstepError {
  const message = `cannot use line ${line.number} of ${line.file}, "${line.text}": ${fault}`;
  return new LockstepError("RULES_SYNTAX", message, cause === undefined ? undefined : { cause });
}

/** @throws LockstepError `RULES_SYNTAX`. */
export function ruleRegex(line: RuleLine, pattern: string): PythonRegex {
  try {
    return pythonRegex(pattern, { stepsPerUse: LIMITS.ruleRegexSteps });
  } catch (error) {
    throw rulesError(line, "it holds no regular expression that Python would take", error);
  }
}
