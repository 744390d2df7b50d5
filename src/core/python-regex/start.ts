/**
 * Where a match can start at all, seen from the pattern alone: so that a search passes over the places where there is
 * nothing to try. What it says is necessary, never enough.
 */
import type { CharacterTest } from "./characters.ts";
import type { RegexNode } from "./syntax.ts";

export interface RegexStart {
  /** Only at the beginning of the text. */
  readonly textStart: boolean;
  /** Only before a character that passes; undefined: anywhere, also at the end. */
  readonly character: CharacterTest | undefined;
}

export function regexStart(root: RegexNode): RegexStart {
  return { textStart: startsAtText(root), character: firstCharacter(root) };
}

function startsAtText(node: RegexNode): boolean {
  switch (node.kind) {
    case "anchor":
      return node.anchor === "textStart";
    case "sequence":
      return node.nodes[0] !== undefined && startsAtText(node.nodes[0]);
    case "choice":
      return node.choices.every(startsAtText);
    case "capture":
    case "atomic":
      return startsAtText(node.node);
    default:
      return false;
  }
}

function firstCharacter(node: RegexNode): CharacterTest | undefined {
  switch (node.kind) {
    case "one":
      return node.test;
    case "sequence": {
      // Anchors and looks take no character: what stands after them has to match at the same place.
      const first = node.nodes.find(({ kind }) => kind !== "anchor" && kind !== "look");
      return first && firstCharacter(first);
    }
    case "choice": {
      const tests = node.choices.map(firstCharacter);
      if (tests.some((test) => test === undefined)) return undefined;
      return (code) => tests.some((test) => test!(code));
    }
    case "repeat":
      return node.min > 0 ? firstCharacter(node.node) : undefined;
    case "capture":
    case "atomic":
      return firstCharacter(node.node);
    default:
      return undefined;
  }
}
