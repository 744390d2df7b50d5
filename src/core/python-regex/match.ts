/**
 * Matching by backtracking, in the order of Python's engine (`_sre`), with a budget of steps.
 *
 * The tree becomes closures that call on: a node matches at a position and hands the position after it to `next`, which
 * returns the end of the whole match or -1. So every choice is tried in order, and captures are put back when it fails.
 * No pattern can run away: steps are counted over all uses of the compiled pattern until `refill`, and beyond the limit
 * the query is refused. (Repeats of one character, the common case, loop instead of calling on, so long names need no deep stack.)
 */
import { assert, LockstepError } from "../errors.ts";
import { sameIgnoringCase } from "./characters.ts";
import { type RegexStart, regexStart } from "./start.ts";
import type { Anchor, RegexNode, RegexSyntax } from "./syntax.ts";

/** A match: start and end of every group, -1 for one that took no part; group 0 is the whole. */
export type MatchSpans = Int32Array;

type Next = (position: number) => number;
type Matcher = (position: number, next: Next) => number;

const FAILED = -1;
const ANY_POSITION = -1;

export class MatchMachine {
  readonly #pattern: string;
  readonly #root: Matcher;
  readonly #start: RegexStart;
  readonly #spans: Int32Array;
  readonly #steps: number;
  #stepsLeft: number;
  #text: readonly number[] = [];

  constructor(pattern: string, syntax: RegexSyntax, steps: number) {
    this.#pattern = pattern;
    this.#spans = new Int32Array(2 * (syntax.groups + 1));
    this.#steps = steps;
    this.#stepsLeft = steps;
    this.#start = regexStart(syntax.root);
    this.#root = this.#compile(syntax.root);
  }

  /** Counts steps from the beginning again. */
  refill(): void {
    this.#stepsLeft = this.#steps;
  }

  /** The first match that starts at `from` or later. `notEmptyAt` is a position where an empty match does not count. */
  search(text: readonly number[], from: number, notEmptyAt = ANY_POSITION): MatchSpans | undefined {
    const { textStart, character } = this.#start;
    const last = textStart ? 0 : text.length;
    for (let start = from; start <= last; start++) {
      if (character !== undefined && (start === text.length || !character(text[start]!))) continue;
      const found = this.matchAt(text, start, notEmptyAt);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A match that starts exactly at `start`. */
  matchAt(text: readonly number[], start: number, notEmptyAt = ANY_POSITION): MatchSpans | undefined {
    this.#text = text;
    this.#spans.fill(-1);
    const accept: Next = (end) => (end === start && start === notEmptyAt ? FAILED : end);
    const end = this.#guarded(start, accept);
    if (end === FAILED) return undefined;
    this.#spans[0] = start;
    this.#spans[1] = end;
    return this.#spans.slice();
  }

  #guarded(start: number, accept: Next): number {
    try {
      return this.#root(start, accept);
    } catch (error) {
      if (error instanceof RangeError) throw this.#tooMuch("needs too deep a search");
      throw error;
    }
  }

  #step(): void {
    if (--this.#stepsLeft < 0) throw this.#tooMuch("needs too many steps");
  }

  #tooMuch(what: string): LockstepError {
    return new LockstepError(
      "QUERY_REGEX_STEPS",
      `the regular expression "${this.#pattern}" ${what} on these names; simplify it (a repeat inside a repeat, as in (a+)+, is the usual cause)`,
    );
  }

  #compile(node: RegexNode): Matcher {
    switch (node.kind) {
      case "one":
        return (position, next) => {
          this.#step();
          return position < this.#text.length && node.test(this.#text[position]!) ? next(position + 1) : FAILED;
        };
      case "sequence":
        return node.nodes.map((part) => this.#compile(part)).reduceRight(chain, (position, next) => next(position));
      case "choice":
        return this.#compileChoice(node.choices.map((choice) => this.#compile(choice)));
      case "repeat":
        return this.#compileRepeat(node);
      case "capture":
        return this.#compileCapture(node.group, this.#compile(node.node));
      case "atomic":
        return atomic(this.#compile(node.node));
      case "look":
        return this.#compileLook(this.#compile(node.node), node.negated, node.width);
      case "reference":
        return this.#compileReference(node.group, node.ignoreCase);
      case "condition": {
        const yes = this.#compile(node.yes);
        const no = this.#compile(node.no);
        return (position, next) => (this.#took(node.group) ? yes : no)(position, next);
      }
      case "anchor":
        return (position, next) => (this.#holds(node.anchor, position) ? next(position) : FAILED);
    }
  }

  #compileChoice(choices: readonly Matcher[]): Matcher {
    return (position, next) => {
      this.#step();
      for (const choice of choices) {
        const end = choice(position, next);
        if (end !== FAILED) return end;
      }
      return FAILED;
    };
  }

  #compileRepeat(node: Extract<RegexNode, { kind: "repeat" }>): Matcher {
    const { min, max, mode } = node;
    if (mode === "possessive") return atomic(this.#compileRepeat({ ...node, mode: "greedy" }));
    if (node.node.kind === "one") {
      return mode === "greedy" ? this.#manyGreedy(node.node.test, min, max) : this.#manyLazy(node.node.test, min, max);
    }
    const body = this.#compile(node.node);
    return mode === "greedy" ? this.#loopGreedy(body, min, max) : this.#loopLazy(body, min, max);
  }

  /** One character, as often as possible; then one fewer at a time. */
  #manyGreedy(test: (code: number) => boolean, min: number, max: number): Matcher {
    return (position, next) => {
      let end = position;
      const limit = Math.min(this.#text.length, position + max);
      while (end < limit && test(this.#text[end]!)) end++;
      for (; end >= position + min; end--) {
        this.#step();
        const done = next(end);
        if (done !== FAILED) return done;
      }
      return FAILED;
    };
  }

  #manyLazy(test: (code: number) => boolean, min: number, max: number): Matcher {
    return (position, next) => {
      const limit = Math.min(this.#text.length, position + max);
      for (let end = position; ; end++) {
        this.#step();
        if (end >= position + min) {
          const done = next(end);
          if (done !== FAILED) return done;
        }
        if (end >= limit || !test(this.#text[end]!)) return FAILED;
      }
    };
  }

  /** A round that took nothing is the last one: the next would take nothing again, for ever. */
  #loopGreedy(body: Matcher, min: number, max: number): Matcher {
    return (position, next) => {
      const round = (count: number, at: number, before: number): number => {
        this.#step();
        if (count < min) return body(at, (end) => round(count + 1, end, before));
        if (count < max && at !== before) {
          const end = body(at, (end) => round(count + 1, end, at));
          if (end !== FAILED) return end;
        }
        return next(at);
      };
      return round(0, position, ANY_POSITION);
    };
  }

  #loopLazy(body: Matcher, min: number, max: number): Matcher {
    return (position, next) => {
      const round = (count: number, at: number, before: number): number => {
        this.#step();
        if (count >= min) {
          const end = next(at);
          if (end !== FAILED) return end;
          if (count >= max || at === before) return FAILED;
        }
        return body(at, (end) => round(count + 1, end, count < min ? before : at));
      };
      return round(0, position, ANY_POSITION);
    };
  }

  #compileCapture(group: number, body: Matcher): Matcher {
    return (position, next) =>
      body(position, (end) => {
        const start = this.#spans[2 * group]!;
        const stop = this.#spans[2 * group + 1]!;
        this.#spans[2 * group] = position;
        this.#spans[2 * group + 1] = end;
        const done = next(end);
        if (done === FAILED) {
          this.#spans[2 * group] = start;
          this.#spans[2 * group + 1] = stop;
        }
        return done;
      });
  }

  #compileLook(body: Matcher, negated: boolean, width: number | undefined): Matcher {
    return (position, next) => {
      const start = position - (width ?? 0);
      const saved = this.#spans.slice();
      const found = start >= 0 && body(start, (end) => end) !== FAILED;
      if (found === negated) {
        this.#spans.set(saved);
        return FAILED;
      }
      if (negated) this.#spans.set(saved);
      const done = next(position);
      if (done === FAILED) this.#spans.set(saved);
      return done;
    };
  }

  #compileReference(group: number, ignoreCase: boolean): Matcher {
    return (position, next) => {
      this.#step();
      if (!this.#took(group)) return FAILED;
      const start = this.#spans[2 * group]!;
      const length = this.#spans[2 * group + 1]! - start;
      for (let i = 0; i < length; i++) {
        const a = this.#text[position + i];
        const b = this.#text[start + i]!;
        if (a === undefined || (ignoreCase ? !sameIgnoringCase(a, b) : a !== b)) return FAILED;
      }
      return next(position + length);
    };
  }

  #took(group: number): boolean {
    assert(2 * group + 1 < this.#spans.length || group > 0, "a group is counted from 1");
    return (this.#spans[2 * group + 1] ?? -1) >= 0;
  }

  #holds(anchor: Anchor, position: number): boolean {
    const { length } = this.#text;
    switch (anchor) {
      case "textStart":
        return position === 0;
      case "lineStart":
        return position === 0 || this.#text[position - 1] === NEWLINE;
      case "textEnd":
        return position === length;
      case "lineEnd":
        return position === length || this.#text[position] === NEWLINE;
      case "end":
        return position === length || (position === length - 1 && this.#text[position] === NEWLINE);
      default: {
        const before = position > 0 && anchor.word(this.#text[position - 1]!);
        const after = position < length && anchor.word(this.#text[position]!);
        return length > 0 && (before !== after) === anchor.boundary;
      }
    }
  }
}

const NEWLINE = 10;

function chain(rest: Matcher, first: Matcher): Matcher {
  return (position, next) => first(position, (end) => rest(end, next));
}

/** Once the body has matched, its other ways are not tried. */
function atomic(body: Matcher): Matcher {
  return (position, next) => {
    const end = body(position, (stop) => stop);
    return end === FAILED ? FAILED : next(end);
  };
}
