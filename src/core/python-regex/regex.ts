/**
 * Python's regular expressions: `re.search`, `re.match` and `re.sub` as graphite-web's functions use them.
 *
 * JavaScript's RegExp differs in what `\w`, `$`, an unset group or a group in a loop mean, knows no `(?P<n>…)` or
 * `(?i:…)`, and can't be stopped. So this is an engine of its own, for the short texts that names are.
 */
import { LockstepError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { MatchMachine, type MatchSpans } from "./match.ts";
import { parseReplacement } from "./replacement.ts";
import { parseRegex } from "./syntax.ts";

export interface PythonRegex {
  /** Whether it matches anywhere (`re.search`). */
  search(text: string): boolean;
  /** Whether it matches at the start (`re.match`). */
  match(text: string): boolean;
  /** What the named groups took in a match at the start (`re.match(…).groupdict()`); undefined if there is none. */
  matchGroups(text: string): ReadonlyMap<string, string | undefined> | undefined;
  /** A function that replaces every match (`re.sub`) by the template: `\1`, `\g<name>`, `\n`. */
  replacer(template: string): (text: string) => string;
}

/** The steps that a pattern may take: in all, for one that lives as long as a query; or each time it is used. */
export type RegexBudget = { readonly steps: number } | { readonly stepsPerUse: number };

/**
 * Its functions throw `QUERY_REGEX_STEPS` when the budget is spent.
 * @throws LockstepError `QUERY_REGEX` when Python would refuse it, or it is too long.
 */
export function pythonRegex(pattern: string, budget: RegexBudget = { steps: LIMITS.regexSteps }): PythonRegex {
  const bytes = Buffer.byteLength(pattern);
  if (bytes > LIMITS.regexBytes) {
    throw new LockstepError(
      "QUERY_REGEX",
      `a regular expression of ${bytes} bytes is refused: the limit is ${LIMITS.regexBytes}`,
    );
  }
  const syntax = parseRegex(pattern);
  const machine = new MatchMachine(pattern, syntax, "steps" in budget ? budget.steps : budget.stepsPerUse);
  const begin = (text: string): Subject => {
    if ("stepsPerUse" in budget) machine.refill();
    return subject(text);
  };
  return {
    search: (text) => machine.search(begin(text).points, 0) !== undefined,
    match: (text) => machine.matchAt(begin(text).points, 0) !== undefined,
    matchGroups(text) {
      const { points, slice } = begin(text);
      const spans = machine.matchAt(points, 0);
      if (spans === undefined) return undefined;
      return new Map([...syntax.groupNames].map(([name, group]) => [name, spanText(slice, spans, group)]));
    },
    replacer(template) {
      const pieces = parseReplacement(template, syntax);
      return (text) => {
        const { points, slice } = begin(text);
        return replaceAll(machine, points, slice, (spans) =>
          pieces.map((piece) => (typeof piece === "string" ? piece : (spanText(slice, spans, piece) ?? ""))).join(""),
        );
      };
    },
  };
}

type Slice = (start: number, end?: number) => string;

/**
 * After a match the search goes on at its end, where an empty match counts only if the last one was not empty: so
 * `x*` in "abxd" is replaced five times, as in Python 3.7 and later.
 */
function replaceAll(
  machine: MatchMachine,
  points: readonly number[],
  slice: Slice,
  replacement: (spans: MatchSpans) => string,
): string {
  let result = "";
  let from = 0;
  let notEmptyAt: number | undefined;
  for (;;) {
    const spans = machine.search(points, from, notEmptyAt);
    if (spans === undefined) return result + slice(from);
    const [start, end] = [spans[0]!, spans[1]!];
    result += slice(from, start) + replacement(spans);
    from = end;
    notEmptyAt = start === end ? end : undefined;
  }
}

/** What a group took; undefined when it had no part in the match. */
function spanText(slice: Slice, spans: MatchSpans, group: number): string | undefined {
  const start = spans[2 * group]!;
  return start < 0 ? undefined : slice(start, spans[2 * group + 1]);
}

interface Subject {
  readonly points: readonly number[];
  readonly slice: Slice;
}

let latestText = "";
let latest: Subject = split("");

/** The text of the use before is often that of the next: many patterns are tried on one name. */
function subject(text: string): Subject {
  if (text !== latestText) {
    latest = split(text);
    latestText = text;
  }
  return latest;
}

/** A text by code points, as Python counts characters. */
function split(text: string): Subject {
  const points: number[] = [];
  for (const character of text) points.push(character.codePointAt(0)!);
  if (points.length === text.length) return { points, slice: (start, end) => text.slice(start, end) };
  const characters = Array.from(text);
  return { points, slice: (start, end) => characters.slice(start, end).join("") };
}
