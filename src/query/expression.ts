/** A target as a tree. Pipes are gone: `a|scale(2)` is the call `scale(a,2)`. */
import type { PythonNumber } from "./python/number.ts";

export type Expression = PathExpression | CallExpression | TemplateExpression | LiteralExpression;

/** Names, with globs: `servers.*.cpu.{user,system}`. Escapes are resolved. */
export interface PathExpression {
  readonly kind: "path";
  readonly path: string;
  readonly place: Place;
}

export interface CallExpression {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly keywords: readonly KeywordArgument[];
  /** The call as it was written, without what was piped into it: the path expression of `seriesByTag`. */
  readonly source: string;
  readonly place: Place;
}

export interface KeywordArgument {
  readonly name: string;
  readonly value: Expression;
}

/** `template(body, name="value")`: `$name` in the body's paths stands for the value. */
export interface TemplateExpression {
  readonly kind: "template";
  readonly body: Expression;
  /** Positional values are named `1`, `2`, … */
  readonly values: ReadonlyMap<string, PythonNumber | string>;
  readonly place: Place;
}

export interface LiteralExpression {
  readonly kind: "literal";
  readonly value: Literal;
  readonly place: Place;
}

/** None is null. */
export type Literal = PythonNumber | string | boolean | null;

/** Where in a target something stands, for messages. */
export interface Place {
  readonly target: string;
  readonly offset: number;
}

const CONTEXT_CHARACTERS = 60;

/** The line of the target around the place, with a caret under it. */
export function drawPlace({ target, offset }: Place): string {
  const start = Math.max(0, offset - CONTEXT_CHARACTERS);
  const end = Math.min(target.length, offset + CONTEXT_CHARACTERS);
  const head = `${start > 0 ? "…" : ""}${target.slice(start, offset)}`.replace(/\s/g, " ");
  const tail = `${target.slice(offset, end)}${end < target.length ? "…" : ""}`.replace(/\s/g, " ");
  return `  ${head}${tail}\n  ${" ".repeat([...head].length)}^`;
}
