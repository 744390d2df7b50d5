/**
 * The words of a target. Graphite's language has no tokens of its own: `5` is a number before a comma and a name before
 * a dot, `a=1` a keyword in a call and a name outside. So the parser says what it looks for at the current place, and
 * the lexer takes it or not. (render/grammar_unsafe.py)
 */
import { LockstepError } from "../core/errors.ts";
import { drawPlace, type Place } from "./expression.ts";

/**
 * Names are printable characters but `(){},.'"\|`, each of which (and `=`) can be escaped; nodes are separated by dots;
 * a brace holds alternatives and neither dots, blanks nor braces.
 */
const NAME_CHARACTER = String.raw`\\[(){},.'"\\|=]|[^\s(){},.'"\\|]`;
const NODE = String.raw`(?:${NAME_CHARACTER}|\{(?:${NAME_CHARACTER})+(?:,(?:${NAME_CHARACTER})+)*\})+`;

export const WORDS = {
  path: new RegExp(String.raw`${NODE}(?:\.${NODE})*`, "y"),
  functionName: /[A-Za-z_][A-Za-z0-9_]*(?=\s*\()/y,
  keyword: /([A-Za-z_][A-Za-z0-9_]*)\s*=(?!\s*[,)])/y,
  /** A number is one only where an argument ends behind it. An exponent has no plus sign. */
  number: /-?\d+(?:\.\d+)?(?:[eE]-?\d+)?(?=\s*(?:[,)]|$))/y,
  constant: /(?:true|false|none|inf)(?=\s*(?:[,)]|$))/iy,
  /** Nothing is unescaped: the text between the quotes counts as it is. A doubled quote does not end it. */
  doubleQuoted: /"((?:[^"\n\r\\]|""|\\(?:[^x]|x[0-9a-fA-F]+))*)"/y,
  singleQuoted: /'((?:[^'\n\r\\]|''|\\(?:[^x]|x[0-9a-fA-F]+))*)'/y,
} as const;

export class Lexer {
  readonly target: string;
  #offset = 0;

  constructor(target: string) {
    this.target = target;
    this.#skipBlanks();
  }

  get place(): Place {
    return { target: this.target, offset: this.#offset };
  }

  atEnd(): boolean {
    return this.#offset === this.target.length;
  }

  peek(symbol: string): boolean {
    return this.target.startsWith(symbol, this.#offset);
  }

  /** Takes a symbol and the blanks behind it. */
  take(symbol: string): boolean {
    if (!this.peek(symbol)) return false;
    this.#advance(symbol.length);
    return true;
  }

  /** Takes a word; its groups are undefined where they took no part. */
  word(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.target);
    if (match === null) return undefined;
    this.#advance(match[0].length);
    return match;
  }

  expect(symbol: string, what: string): void {
    if (!this.take(symbol)) throw this.error(`expected ${what}`);
  }

  rewind(place: Place): void {
    this.#offset = place.offset;
  }

  /** The target from a place up to here, without the blanks before here. */
  since(place: Place): string {
    return this.target.slice(place.offset, this.#offset).trimEnd();
  }

  /** `rule` says what was expected here. */
  error(rule: string): LockstepError {
    const { target, offset } = this.place;
    return new LockstepError(
      "QUERY_SYNTAX",
      `cannot read the target at character ${offset + 1}: ${hint(target, offset) ?? rule}\n${drawPlace(this.place)}`,
    );
  }

  #advance(length: number): void {
    this.#offset += length;
    this.#skipBlanks();
  }

  #skipBlanks(): void {
    while (/\s/.test(this.target[this.#offset] ?? "")) this.#offset++;
  }
}

/** What is usually meant where nothing fits. */
function hint(target: string, offset: number): string | undefined {
  const rest = target.slice(offset);
  if (/^\.?\{/.test(rest)) {
    return "a brace holds names separated by commas, without blanks, dots or other braces, and is closed: {a,b*}";
  }
  if (rest.startsWith("..") || /^\.\s*($|[),|])/.test(rest)) return "a name has an empty node";
  if (/^["']/.test(rest) && !/^("[^"]*"|'[^']*')/.test(rest)) return "a string is not closed";
  if (rest.startsWith("\\")) return "a backslash escapes only one of ( ) { } , . ' \" \\ | =";
  return undefined;
}
