/** JSON as Python's `json.dumps` writes it: a blank after commas and colons, ASCII only, and two-blank indents if pretty. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface JsonOptions {
  readonly pretty?: boolean;
  /** Keys in order of the alphabet instead of as they come. */
  readonly sortKeys?: boolean;
}

export function dumpJson(value: Json, options: JsonOptions = {}): string {
  return dump(value, jsonLayout(options.pretty === true), options.sortKeys === true, 1);
}

/** What stands between the parts of a JSON text. */
export interface JsonLayout {
  /** Between items, the first `depth` levels inside. */
  between(depth: number): string;
  /** After an opening or, one level less deep, before a closing bracket. */
  edge(depth: number): string;
}

const COMPACT: JsonLayout = { between: () => ", ", edge: () => "" };
const PRETTY: JsonLayout = {
  between: (depth) => `,\n${"  ".repeat(depth)}`,
  edge: (depth) => `\n${"  ".repeat(depth)}`,
};

export function jsonLayout(pretty: boolean): JsonLayout {
  return pretty ? PRETTY : COMPACT;
}

function dump(value: Json, layout: JsonLayout, sortKeys: boolean, depth: number): string {
  if (typeof value === "string") return jsonString(value);
  if (typeof value === "number") return jsonNumber(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    return bracketed(
      "[",
      value.map((item: Json) => dump(item, layout, sortKeys, depth + 1)),
      "]",
      layout,
      depth,
    );
  }
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  if (sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const members = entries.map(([key, item]) => `${jsonString(key)}: ${dump(item, layout, sortKeys, depth + 1)}`);
  return bracketed("{", members, "}", layout, depth);
}

export function bracketed(
  open: string,
  items: readonly string[],
  close: string,
  layout: JsonLayout,
  depth: number,
): string {
  if (items.length === 0) return open + close;
  return open + layout.edge(depth) + items.join(layout.between(depth)) + layout.edge(depth - 1) + close;
}

/** What JSON has no number for is written so that readers get an infinity, or null. */
function jsonNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "null";
  return value > 0 ? "1e9999" : "-1e9999";
}

export function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
