/**
 * Graphite's globs: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}` within one node of a name, `**` for any number of nodes.
 *
 * A pattern is compiled once per node into a matcher. Matching is linear in pattern × text: stars are matched by
 * remembering the last one, never by a backtracking regular expression, so no pattern can be made slow on purpose.
 * (graphite-web: finders/utils.py `match_pattern`, node.py `extract_variants`)
 */

/** What one node of a pattern accepts. */
export type NodeMatcher =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "any" }
  | { readonly kind: "deep" }
  /** `prefixes`: what matches begins with one of them; one that is empty if anything may. */
  | { readonly kind: "glob"; readonly prefixes: readonly string[]; test(text: string): boolean };

export function isGlob(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

/** Splits a pattern at its dots, but not at dots inside braces, and compiles every node. */
export function compilePattern(pattern: string): NodeMatcher[] {
  return splitNodes(pattern).map(compileNode);
}

export function splitNodes(pattern: string): string[] {
  const nodes: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "{") depth++;
    else if (c === "}") depth = Math.max(0, depth - 1);
    else if (c === "." && depth === 0) {
      nodes.push(pattern.slice(start, i));
      start = i + 1;
    }
  }
  nodes.push(pattern.slice(start));
  return nodes;
}

function compileNode(node: string): NodeMatcher {
  if (node === "*") return { kind: "any" };
  if (node === "**") return { kind: "deep" };
  if (!isGlob(node)) return { kind: "literal", text: node };
  const alternatives = expandBraces(node).map(compileAlternative);
  const prefixes = [...new Set(alternatives.map(literalPrefix))];
  return { kind: "glob", prefixes, test: (text) => alternatives.some((pieces) => matchPieces(pieces, text)) };
}

/** At most this many alternatives of one node; a pattern like `{a,b}{a,b}{a,b}…` doubles with every brace. */
const MAX_ALTERNATIVES = 1_000;

/** `a{b,c}d{e,f}` → abde, abdf, acde, acdf. Braces do not nest in Graphite: an inner one stays text. */
export function expandBraces(text: string): string[] {
  let expanded = [""];
  let rest = text;
  for (;;) {
    const open = rest.indexOf("{");
    const close = rest.indexOf("}", open);
    if (open < 0 || close < 0) return expanded.map((head) => head + rest);
    const choices = rest.slice(open + 1, close).split(",");
    if (expanded.length * choices.length > MAX_ALTERNATIVES) return [];
    const head = rest.slice(0, open);
    expanded = expanded.flatMap((start) => choices.map((choice) => start + head + choice));
    rest = rest.slice(close + 1);
  }
}

/** A character to equal, a set to be in, any one character, or a star. */
type Piece = string | CharacterSet | typeof ANY_ONE | typeof STAR;
const ANY_ONE = Symbol("?");
const STAR = Symbol("*");

interface CharacterSet {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [number, number])[];
}

function compileAlternative(text: string): Piece[] {
  const pieces: Piece[] = [];
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i]!;
    if (c === "*") {
      if (pieces.at(-1) !== STAR) pieces.push(STAR);
    } else if (c === "?") pieces.push(ANY_ONE);
    else if (c === "[") {
      const close = characters.indexOf("]", i + 2);
      if (close < 0) pieces.push(c);
      else {
        pieces.push(compileSet(characters.slice(i + 1, close)));
        i = close;
      }
    } else pieces.push(c);
  }
  return pieces;
}

function literalPrefix(pieces: readonly Piece[]): string {
  const end = pieces.findIndex((piece) => typeof piece !== "string");
  return pieces.slice(0, end < 0 ? pieces.length : end).join("");
}

function compileSet(characters: readonly string[]): CharacterSet {
  const negated = characters[0] === "!" || characters[0] === "^";
  const ranges: [number, number][] = [];
  for (let i = negated ? 1 : 0; i < characters.length; i++) {
    const from = characters[i]!.codePointAt(0)!;
    const dash = characters[i + 1] === "-" ? characters[i + 2] : undefined;
    if (dash === undefined) ranges.push([from, from]);
    else {
      ranges.push([from, dash.codePointAt(0)!]);
      i += 2;
    }
  }
  return { negated, ranges };
}

function matchPieces(pieces: readonly Piece[], text: string): boolean {
  const characters = [...text];
  let p = 0;
  let t = 0;
  let starPiece = -1;
  let starText = 0;
  while (t < characters.length) {
    const piece = pieces[p];
    if (piece === STAR) {
      starPiece = p++;
      starText = t;
    } else if (piece !== undefined && matchOne(piece, characters[t]!)) {
      p++;
      t++;
    } else if (starPiece >= 0) {
      p = starPiece + 1;
      t = ++starText;
    } else return false;
  }
  while (pieces[p] === STAR) p++;
  return p === pieces.length;
}

function matchOne(piece: Piece, character: string): boolean {
  if (typeof piece === "string") return piece === character;
  if (piece === ANY_ONE) return true;
  if (piece === STAR) return false;
  const code = character.codePointAt(0)!;
  return piece.ranges.some(([low, high]) => code >= low && code <= high) !== piece.negated;
}
