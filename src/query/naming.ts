/** Parts of names: what aliasByNode shows and groupByNode groups by (functions.py `getNodeOrTag`, `aggKey`). */
import type { NodeOrTag } from "./parameters.ts";
import { firstPath } from "./parser.ts";
import type { TimeSeries } from "./series.ts";

/**
 * The chosen nodes and tags, joined by dots. For a name that functions have wrapped (it ends in a parenthesis) the nodes
 * are those of the first path in it; a node or tag that is not there is empty.
 */
export function groupKey(series: TimeSeries, nodes: readonly NodeOrTag[]): string {
  const path = (series.name.endsWith(")") ? firstPath(series.name) : undefined) ?? series.name;
  const tags = path.indexOf(";");
  const end = tags < 0 ? path.length : tags;
  let key = "";
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    const part = typeof node === "number" ? nodeAt(path, end, node) : undefined;
    key += (i === 0 ? "" : ".") + (part ?? series.tags.get(String(node)) ?? "");
  }
  return key;
}

/** A node of the path that ends at `end`; a negative position counts from the last one. */
function nodeAt(path: string, end: number, position: number): string | undefined {
  if (position < 0) return path.slice(0, end).split(".").at(position);
  let from = 0;
  for (let n = 0; n < position; n++) {
    const dot = path.indexOf(".", from);
    if (dot < 0 || dot >= end) return undefined;
    from = dot + 1;
  }
  const dot = path.indexOf(".", from);
  return path.slice(from, dot < 0 || dot > end ? end : dot);
}

/** The text with some characters changed, by position (negative ones count from the end), or all if none are given. */
export function changeCharacters(text: string, positions: readonly number[], change: (text: string) => string): string {
  if (positions.length === 0) return change(text);
  const characters = Array.from(text);
  for (const position of positions) {
    const index = position < 0 ? characters.length + position : position;
    if (characters[index] !== undefined) characters[index] = change(characters[index]);
  }
  return characters.join("");
}

/** Groups in the order in which their first series comes. */
export function groupSeries<T>(list: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
