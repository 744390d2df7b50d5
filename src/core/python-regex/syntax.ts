/**
 * The syntax of Python's `re` (3.11) as a tree. What Python refuses is refused here, with the position; nothing is
 * translated into another dialect, so nothing can come out meaning something else.
 */
import { LockstepError } from "../errors.ts";
import { type CharacterTest, categoryTest, foldCase } from "./characters.ts";

export type RegexNode =
  /** Exactly one character that passes the test. */
  | { readonly kind: "one"; readonly test: CharacterTest }
  | { readonly kind: "sequence"; readonly nodes: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly choices: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly node: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly mode: RepeatMode;
    }
  | { readonly kind: "capture"; readonly group: number; readonly node: RegexNode }
  | { readonly kind: "atomic"; readonly node: RegexNode }
  /** `width` of a look behind is how many characters back its body starts; undefined for a look ahead. */
  | { readonly kind: "look"; readonly node: RegexNode; readonly negated: boolean; readonly width: number | undefined }
  | { readonly kind: "reference"; readonly group: number; readonly ignoreCase: boolean }
  | { readonly kind: "condition"; readonly group: number; readonly yes: RegexNode; readonly no: RegexNode }
  | { readonly kind: "anchor"; readonly anchor: Anchor };

export type RepeatMode = "greedy" | "lazy" | "possessive";

export type Anchor = "textStart" | "lineStart" | "textEnd" | "lineEnd" | "end" | WordAnchor;
type WordAnchor = { readonly word: CharacterTest; readonly boundary: boolean };

export interface RegexSyntax {
  readonly root: RegexNode;
  /** Number of capturing groups; group 0 is the whole match and not counted. */
  readonly groups: number;
  readonly groupNames: ReadonlyMap<string, number>;
}

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

const NO_FLAGS: Flags = { ignoreCase: false, multiline: false, dotAll: false, verbose: false, ascii: false };
const FLAG_LETTERS: Readonly<Record<string, keyof Flags>> = {
  i: "ignoreCase",
  m: "multiline",
  s: "dotAll",
  x: "verbose",
  a: "ascii",
};

const EMPTY: RegexNode = { kind: "sequence", nodes: [] };
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { a: "\x07", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const MAX_REPEAT = 2 ** 32 - 1;

/** @throws LockstepError `QUERY_REGEX` naming the position and the rule. */
export function parseRegex(pattern: string): RegexSyntax {
  const parser = new Parser(pattern);
  return parser.parse();
}

class Parser {
  readonly #characters: readonly string[];
  readonly #pattern: string;
  readonly #groupNames = new Map<string, number>();
  readonly #openGroups = new Set<number>();
  readonly #groupWidths: Width[] = [];
  readonly #conditionGroups: number[] = [];
  /** How many groups stood before the outermost open look-behind: only those may be referred to in it. */
  #groupsBeforeLookBehind: number | undefined;
  #groups = 0;
  #position = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = [...pattern];
  }

  parse(): RegexSyntax {
    let flags = NO_FLAGS;
    for (let global = this.#globalFlags(flags); global !== undefined; global = this.#globalFlags(flags)) flags = global;
    const root = this.#choice(flags);
    if (this.#position < this.#characters.length) throw this.#error("unbalanced parenthesis");
    const unknown = this.#conditionGroups.find((group) => group > this.#groups);
    if (unknown !== undefined) throw this.#error(`invalid group reference ${unknown}`);
    return { root, groups: this.#groups, groupNames: this.#groupNames };
  }

  // ---- structure

  #choice(flags: Flags): RegexNode {
    const choices = [this.#sequence(flags)];
    while (this.#take("|")) choices.push(this.#sequence(flags));
    return choices.length === 1 ? choices[0]! : { kind: "choice", choices };
  }

  #sequence(flags: Flags): RegexNode {
    const nodes: RegexNode[] = [];
    for (;;) {
      if (flags.verbose && this.#skipBlanks()) continue;
      const start = this.#position;
      const c = this.#peek();
      if (c === undefined || c === "|" || c === ")") break;
      const range = this.#quantifier();
      if (range !== undefined) nodes.push(this.#repeat(nodes.pop(), range, start));
      else {
        const atom = this.#atom(flags);
        if (atom !== undefined) nodes.push(atom);
      }
    }
    return nodes.length === 1 ? nodes[0]! : { kind: "sequence", nodes };
  }

  /** Undefined for a comment, which leaves nothing. */
  #atom(flags: Flags): RegexNode | undefined {
    const c = this.#next();
    switch (c) {
      case ".":
        return { kind: "one", test: flags.dotAll ? () => true : (code) => code !== 10 };
      case "^":
        return { kind: "anchor", anchor: flags.multiline ? "lineStart" : "textStart" };
      case "$":
        return { kind: "anchor", anchor: flags.multiline ? "lineEnd" : "end" };
      case "(":
        return this.#group(flags);
      case "[":
        return { kind: "one", test: this.#set(flags) };
      case "\\":
        return this.#escape(flags);
      default:
        return literal(c, flags);
    }
  }

  #repeat(atom: RegexNode | undefined, [min, max]: readonly [number, number], start: number): RegexNode {
    if (atom === undefined || atom.kind === "anchor") throw this.#error("nothing to repeat", start);
    if (atom.kind === "repeat") throw this.#error("multiple repeat", start);
    const mode: RepeatMode = this.#take("?") ? "lazy" : this.#take("+") ? "possessive" : "greedy";
    return { kind: "repeat", node: atom, min, max, mode };
  }

  #quantifier(): [number, number] | undefined {
    if (this.#take("*")) return [0, Number.POSITIVE_INFINITY];
    if (this.#take("+")) return [1, Number.POSITIVE_INFINITY];
    if (this.#take("?")) return [0, 1];
    const rest = this.#characters.slice(this.#position, this.#position + 24).join("");
    const braces = /^\{(?!\})(\d*)(,?)(\d*)\}/.exec(rest);
    if (braces === null) return undefined;
    const [text, low, comma, high] = braces as unknown as [string, string, string, string];
    const min = low === "" ? 0 : Number(low);
    const upper = comma === "" ? low : high;
    const max = upper === "" ? Number.POSITIVE_INFINITY : Number(upper);
    if (max < min) throw this.#error("the repeat's minimum is greater than its maximum");
    if (min > MAX_REPEAT || (max > MAX_REPEAT && Number.isFinite(max))) throw this.#error("the repeat is too long");
    this.#position += text.length;
    return [min, max];
  }

  // ---- groups

  #group(flags: Flags): RegexNode | undefined {
    const start = this.#position - 1;
    if (!this.#take("?")) return this.#capture(undefined, flags, start);
    const c = this.#next("unexpected end of pattern");
    switch (c) {
      case ":":
        return this.#plainGroup(flags, start);
      case ">":
        return { kind: "atomic", node: this.#closed(this.#choice(flags), start) };
      case "=":
      case "!":
        return { kind: "look", node: this.#closed(this.#choice(flags), start), negated: c === "!", width: undefined };
      case "<":
        return this.#lookBehind(flags, start);
      case "P":
        return this.#named(flags, start);
      case "(":
        return this.#condition(flags, start);
      case "#":
        while (this.#peek() !== ")") this.#next("missing ), unterminated comment");
        this.#position++;
        return undefined;
      default:
        this.#position--;
        return this.#scopedFlags(flags, start);
    }
  }

  /** Wrapped, so that what may not be repeated itself may be repeated as a group. */
  #plainGroup(flags: Flags, start: number): RegexNode {
    return { kind: "sequence", nodes: [this.#closed(this.#choice(flags), start)] };
  }

  #closed(node: RegexNode, start: number): RegexNode {
    if (!this.#take(")")) throw this.#error("missing ), unterminated subpattern", start);
    return node;
  }

  #capture(name: string | undefined, flags: Flags, start: number): RegexNode {
    const group = ++this.#groups;
    if (name !== undefined) {
      if (this.#groupNames.has(name)) throw this.#error(`the group name "${name}" is used twice`);
      this.#groupNames.set(name, group);
    }
    this.#openGroups.add(group);
    const node = this.#closed(this.#choice(flags), start);
    this.#openGroups.delete(group);
    this.#groupWidths[group] = this.#width(node);
    return { kind: "capture", group, node };
  }

  #named(flags: Flags, start: number): RegexNode {
    if (this.#take("<")) return this.#capture(this.#name(">"), flags, start);
    if (!this.#take("=")) throw this.#error(`unknown extension ?P${this.#peek() ?? ""}`);
    const name = this.#name(")");
    const group = this.#groupNames.get(name);
    if (group === undefined) throw this.#error(`unknown group name "${name}"`);
    return this.#reference(group, flags);
  }

  #reference(group: number, flags: Flags): RegexNode {
    if (group > this.#groups) throw this.#error(`invalid group reference ${group}`);
    if (this.#openGroups.has(group)) throw this.#error("cannot refer to an open group");
    this.#checkLookBehind(group);
    return { kind: "reference", group, ignoreCase: flags.ignoreCase };
  }

  #checkLookBehind(group: number): void {
    if (this.#groupsBeforeLookBehind === undefined) return;
    if (this.#openGroups.has(group) || group > this.#groupsBeforeLookBehind) {
      throw this.#error("a look-behind can't refer to a group that does not end before it");
    }
  }

  #lookBehind(flags: Flags, start: number): RegexNode {
    const c = this.#next("unexpected end of pattern");
    if (c !== "=" && c !== "!") throw this.#error(`unknown extension ?<${c}`);
    const outer = this.#groupsBeforeLookBehind;
    this.#groupsBeforeLookBehind ??= this.#groups;
    const node = this.#closed(this.#choice(flags), start);
    this.#groupsBeforeLookBehind = outer;
    const { min, max } = this.#width(node);
    if (min !== max) throw this.#error("look-behind requires a fixed-width pattern", start);
    return { kind: "look", node, negated: c === "!", width: min };
  }

  /** `(?(1)yes|no)`, `(?(name)yes|no)`. */
  #condition(flags: Flags, start: number): RegexNode {
    const name = this.#name(")", /^(?:\d+|[\p{L}_][\p{L}\p{N}_]*)$/u);
    const group = /^\d+$/.test(name) ? Number(name) : this.#groupNames.get(name);
    if (group === undefined) throw this.#error(`unknown group name "${name}"`);
    if (group === 0) throw this.#error("bad group number 0");
    this.#checkLookBehind(group);
    this.#conditionGroups.push(group);
    const yes = this.#sequence(flags);
    const no = this.#take("|") ? this.#sequence(flags) : EMPTY;
    if (this.#peek() === "|") throw this.#error("a conditional has more than two branches");
    return this.#closed({ kind: "condition", group, yes, no }, start);
  }

  #name(terminator: string, valid = /^[\p{L}_][\p{L}\p{N}_]*$/u): string {
    let name = "";
    for (let c = this.#next(`missing ${terminator}`); c !== terminator; c = this.#next(`missing ${terminator}`))
      name += c;
    if (!valid.test(name)) throw this.#error(`bad character in group name "${name}"`);
    return name;
  }

  // ---- flags

  /** `(?i)` and the like, which Python wants at the start. */
  #globalFlags(flags: Flags): Flags | undefined {
    const letters = /^\(\?([a-zA-Z]+)\)/.exec(this.#pattern.slice(this.#position))?.[1];
    if (letters === undefined) return undefined;
    this.#position += letters.length + 3;
    return this.#withFlags(flags, letters, true);
  }

  /** `(?i:…)`, `(?s-i:…)`. */
  #scopedFlags(flags: Flags, start: number): RegexNode {
    let on = "";
    let off = "";
    while (/^[a-zA-Z]$/.test(this.#peek() ?? "")) on += this.#next();
    if (this.#take("-")) while (/^[a-zA-Z]$/.test(this.#peek() ?? "")) off += this.#next();
    if (this.#peek() === ")" && on !== "" && off === "") {
      throw this.#error("global flags not at the start of the expression", start);
    }
    if (!this.#take(":") || (on === "" && off === "")) throw this.#error(`unknown extension ?${this.#peek() ?? ""}`);
    const scoped = this.#withFlags(this.#withFlags(flags, on, true), off, false);
    return this.#plainGroup(scoped, start);
  }

  #withFlags(flags: Flags, letters: string, on: boolean): Flags {
    const changed: { -readonly [Flag in keyof Flags]: boolean } = { ...flags };
    for (const letter of letters) {
      const flag = FLAG_LETTERS[letter];
      if (letter === "u") changed.ascii = false;
      else if (flag === undefined) throw this.#error(`unknown flag "${letter}"`);
      else changed[flag] = on;
    }
    return changed;
  }

  // ---- characters

  #escape(flags: Flags): RegexNode {
    const c = this.#next("bad escape (end of pattern)");
    if (c === "A") return { kind: "anchor", anchor: "textStart" };
    if (c === "Z") return { kind: "anchor", anchor: "textEnd" };
    if (c === "b" || c === "B") {
      return { kind: "anchor", anchor: { word: categoryTest("w", flags.ascii)!, boundary: c === "b" } };
    }
    const category = categoryTest(c, flags.ascii);
    if (category !== undefined) return { kind: "one", test: category };
    if (/[1-9]/.test(c)) return this.#digits(c, flags);
    return literal(this.#character(c), flags);
  }

  /** `\1` is a group, `\101` a character: three octal digits are. */
  #digits(first: string, flags: Flags): RegexNode {
    let digits = first;
    if (/\d/.test(this.#peek() ?? "")) {
      digits += this.#next();
      if (/^[0-7]{2}$/.test(digits) && /[0-7]/.test(this.#peek() ?? "")) {
        digits += this.#next();
        const code = Number.parseInt(digits, 8);
        if (code > 0o377) throw this.#error(`octal escape \\${digits} is outside of 0-0o377`);
        return literal(String.fromCodePoint(code), flags);
      }
    }
    return this.#reference(Number(digits), flags);
  }

  /** The character that `\c` stands for, where it is not a category, an anchor or a group. */
  #character(c: string): string {
    if (c === "0") {
      let octal = "0";
      while (octal.length < 3 && /[0-7]/.test(this.#peek() ?? "")) octal += this.#next();
      return String.fromCodePoint(Number.parseInt(octal, 8));
    }
    if (c === "x") return this.#hex(2);
    if (c === "u") return this.#hex(4);
    if (c === "U") return this.#hex(8);
    const simple = SIMPLE_ESCAPES[c];
    if (simple !== undefined) return simple;
    if (/[a-zA-Z]/.test(c)) throw this.#error(`bad escape \\${c}`, this.#position - 2);
    return c;
  }

  #hex(length: number): string {
    const digits = this.#characters.slice(this.#position, this.#position + length).join("");
    if (!new RegExp(`^[0-9a-fA-F]{${length}}$`).test(digits)) throw this.#error("incomplete hexadecimal escape");
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff) throw this.#error("there is no such character");
    this.#position += length;
    return String.fromCodePoint(code);
  }

  #set(flags: Flags): CharacterTest {
    const start = this.#position - 1;
    const negated = this.#take("^");
    const tests: CharacterTest[] = [];
    for (let first = true; first || this.#peek() !== "]"; first = false) {
      const low = this.#setItem(flags, start);
      const ranged = this.#peek() === "-" && this.#characters[this.#position + 1] !== "]";
      if (!ranged) tests.push(typeof low === "number" ? (code) => code === low : low);
      else {
        this.#position++;
        tests.push(this.#range(low, this.#setItem(flags, start)));
      }
    }
    this.#position++;
    const inSet: CharacterTest = (code) => tests.some((test) => test(code));
    const folded = flags.ignoreCase ? foldCase(inSet) : inSet;
    return negated ? (code) => !folded(code) : folded;
  }

  #range(low: number | CharacterTest, high: number | CharacterTest): CharacterTest {
    if (typeof low !== "number" || typeof high !== "number" || low > high) throw this.#error("bad character range");
    return (code) => code >= low && code <= high;
  }

  #setItem(flags: Flags, start: number): number | CharacterTest {
    const c = this.#peek();
    if (c === undefined) throw this.#error("unterminated character set", start);
    this.#position++;
    if (c !== "\\") return c.codePointAt(0)!;
    const escaped = this.#next("unterminated character set");
    const category = categoryTest(escaped, flags.ascii);
    if (category !== undefined) return category;
    if (escaped === "b") return 8;
    if (!/[1-9]/.test(escaped)) return this.#character(escaped).codePointAt(0)!;
    const octal = /^[0-7]{1,3}/.exec(
      escaped + this.#characters.slice(this.#position, this.#position + 2).join(""),
    )?.[0];
    if (octal === undefined) throw this.#error(`bad escape \\${escaped}`);
    this.#position += octal.length - 1;
    return Number.parseInt(octal, 8);
  }

  // ---- widths, for look-behinds

  #width(node: RegexNode): Width {
    switch (node.kind) {
      case "one":
        return { min: 1, max: 1 };
      case "anchor":
      case "look":
        return { min: 0, max: 0 };
      case "capture":
      case "atomic":
        return this.#width(node.node);
      case "reference":
        return this.#groupWidths[node.group]!;
      case "sequence":
        return node.nodes.map((part) => this.#width(part)).reduce(sumWidths, { min: 0, max: 0 });
      case "choice":
        return node.choices.map((part) => this.#width(part)).reduce(widerOf);
      case "condition":
        return widerOf(this.#width(node.yes), this.#width(node.no));
      case "repeat": {
        const { min, max } = this.#width(node.node);
        return { min: min * node.min, max: max === 0 ? 0 : max * node.max };
      }
    }
  }

  // ---- reading

  #peek(): string | undefined {
    return this.#characters[this.#position];
  }

  #next(atEnd = "unexpected end of pattern"): string {
    const c = this.#characters[this.#position];
    if (c === undefined) throw this.#error(atEnd);
    this.#position++;
    return c;
  }

  #take(c: string): boolean {
    if (this.#peek() !== c) return false;
    this.#position++;
    return true;
  }

  /** In verbose patterns blanks and comments are skipped. */
  #skipBlanks(): boolean {
    const c = this.#peek();
    if (c === "#") {
      while (this.#peek() !== undefined && this.#next() !== "\n");
      return true;
    }
    if (c === undefined || !/\s/.test(c)) return false;
    this.#position++;
    return true;
  }

  #error(rule: string, position = this.#position): LockstepError {
    return new LockstepError(
      "QUERY_REGEX",
      `cannot read the regular expression "${this.#pattern}": ${rule}, at character ${position + 1}`,
    );
  }
}

interface Width {
  readonly min: number;
  readonly max: number;
}

function sumWidths(a: Width, b: Width): Width {
  return { min: a.min + b.min, max: a.max + b.max };
}

function widerOf(a: Width, b: Width): Width {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function literal(character: string, flags: Flags): RegexNode {
  const code = character.codePointAt(0)!;
  const equals: CharacterTest = (other) => other === code;
  return { kind: "one", test: flags.ignoreCase ? foldCase(equals) : equals };
}
