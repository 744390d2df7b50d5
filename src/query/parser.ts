/**
 * Targets → expressions:
 *
 *   target   = source { "|" call }
 *   source   = template | call | path
 *   call     = name "(" [ argument { "," argument } { "," name "=" argument } ] ")"
 *   template = "template" "(" ( call | path ) { "," [ name "=" ] ( number | string ) } ")"
 *   argument = true | false | none | inf | number | string | target
 *
 * Unlike graphite-web we refuse what is left over behind a target: there, `sumSeries(a.b` is read as the name
 * `sumSeries` and the rest ignored, so a typing error looks like missing data.
 */
import { LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Expression, KeywordArgument, Literal } from "./expression.ts";
import { Lexer, WORDS } from "./lexer.ts";
import { limitError, type QueryLimits } from "./limits.ts";
import type { PythonNumber } from "./python/number.ts";

type ParserLimits = Pick<QueryLimits, "targetBytes" | "targetDepth">;

/** @throws LockstepError `QUERY_SYNTAX` with the place; `QUERY_TARGET_LIMIT` for a target that is too long or too deep. */
export function parseTarget(target: string, limits: ParserLimits): Expression {
  const bytes = Buffer.byteLength(target);
  if (bytes > limits.targetBytes) {
    throw limitError("QUERY_TARGET_LIMIT", `a target has more bytes (${bytes})`, limits, "targetBytes");
  }
  const lexer = new Lexer(target);
  const expression = new Parser(lexer, limits).target();
  if (!lexer.atEnd()) throw lexer.error('expected the end of the target or "|"');
  return expression;
}

/**
 * The first path in what may be an expression or any other text, as graphite-web finds it in the name of a series that
 * ends in a parenthesis (`aliasByNode(scale(a.b,2),1)` → `b`). What follows is ignored.
 */
export function firstPath(name: string): string | undefined {
  const parser = new Parser(new Lexer(name), LIMITS);
  let expression: Expression | undefined = parser.attempt(() => parser.target()) ?? parser.attempt(() => parser.path());
  while (expression?.kind === "call") expression = expression.arguments[0];
  return expression?.kind === "path" ? expression.path : undefined;
}

class Parser {
  readonly #lexer: Lexer;
  readonly #limits: ParserLimits;
  #depth = 0;

  constructor(lexer: Lexer, limits: ParserLimits) {
    this.#lexer = lexer;
    this.#limits = limits;
  }

  /** Undefined, and back at the place, when the target can't be read that way. */
  attempt<T>(read: () => T): T | undefined {
    const { place } = this.#lexer;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#lexer.rewind(place);
      return undefined;
    }
  }

  target(): Expression {
    if (++this.#depth > this.#limits.targetDepth) {
      throw limitError("QUERY_TARGET_LIMIT", "calls in a target are nested deeper", this.#limits, "targetDepth");
    }
    let expression = this.#source();
    while (this.#lexer.take("|")) expression = this.#call(expression);
    this.#depth--;
    return expression;
  }

  path(): Expression {
    const { place } = this.#lexer;
    const word = this.#lexer.word(WORDS.path);
    if (word === undefined) throw this.#lexer.error("expected the name of a series or a function call");
    return { kind: "path", path: word[0].replace(/\\(.)/gs, "$1"), place };
  }

  #source(): Expression {
    const { place } = this.#lexer;
    const name = this.#lexer.word(WORDS.functionName)?.[0];
    if (name === undefined) return this.path();
    this.#lexer.rewind(place);
    return name === "template" ? this.#template() : this.#call();
  }

  #call(piped?: Expression): Expression {
    const { place } = this.#lexer;
    const name = this.#lexer.word(WORDS.functionName)?.[0];
    if (name === undefined) throw this.#lexer.error("expected a function call");
    this.#lexer.expect("(", '"("');
    const positional: Expression[] = piped === undefined ? [] : [piped];
    const keywords: KeywordArgument[] = [];
    while (!this.#lexer.peek(")")) {
      const keyword = this.#lexer.word(WORDS.keyword)?.[1];
      if (keyword !== undefined) keywords.push({ name: keyword, value: this.#argument() });
      else if (keywords.length > 0) throw this.#lexer.error("expected name=value: positional arguments come first");
      else positional.push(this.#argument());
      if (!this.#lexer.take(",")) break;
      if (this.#lexer.peek(")")) throw this.#lexer.error("expected an argument");
    }
    this.#lexer.expect(")", keywords.length + positional.length > 0 ? '"," or ")"' : 'an argument or ")"');
    return { kind: "call", name, arguments: positional, keywords, source: this.#lexer.since(place), place };
  }

  #argument(): Expression {
    const { place } = this.#lexer;
    const value = this.#literal();
    return value === undefined ? this.target() : { kind: "literal", value, place };
  }

  /** Undefined where none stands: None is the literal null. */
  #literal(): Literal | undefined {
    const constant = this.#lexer.word(WORDS.constant)?.[0].toLowerCase();
    if (constant === "none") return null;
    if (constant === "inf") return { value: Number.POSITIVE_INFINITY, integer: false };
    if (constant !== undefined) return constant === "true";
    return this.#numberOrString();
  }

  #numberOrString(): PythonNumber | string | undefined {
    const number = this.#lexer.word(WORDS.number)?.[0];
    if (number !== undefined) return pythonNumber(number);
    return (this.#lexer.word(WORDS.doubleQuoted) ?? this.#lexer.word(WORDS.singleQuoted))?.[1];
  }

  #template(): Expression {
    const { place } = this.#lexer;
    this.#lexer.word(WORDS.functionName);
    this.#lexer.expect("(", '"("');
    const body = this.target();
    const values = new Map<string, PythonNumber | string>();
    let named: boolean | undefined;
    while (this.#lexer.take(",")) {
      const name = this.#lexer.word(WORDS.keyword)?.[1];
      named ??= name !== undefined;
      if (named !== (name !== undefined))
        throw this.#lexer.error("expected values that are all named or all positional");
      const value = this.#numberOrString();
      if (value === undefined) throw this.#lexer.error("expected a number or a string: a template takes nothing else");
      values.set(name ?? String(values.size + 1), value);
    }
    this.#lexer.expect(")", '"," or ")"');
    return { kind: "template", body, values, place };
  }
}

function pythonNumber(text: string): PythonNumber {
  const integer = /^-?\d+$/.test(text);
  return { value: integer ? Number(text) + 0 : Number(text), integer }; // an int has no negative zero
}
