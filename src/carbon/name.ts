/**
 * Names as they come over the wire → the names under which series are stored.
 *
 * carbon itself takes any name; whisper's file path then drops empty nodes (`a..b` and `.a.b` are `a.b`), and tags are
 * put in canonical order. A name whose tags can't be read is stored as it is, as carbon does.
 */
import { LIMITS } from "../core/limits.ts";
import { parseTaggedName } from "../core/tags.ts";

export type NameRejection = "name_empty" | "name_too_long" | "name_too_deep" | "name_characters" | "too_many_tags";

/** A name that is canonical as it is; it must be short enough not to have too many nodes. */
const PLAIN = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** The canonical name, or why there can't be one. `name` holds no white space. */
export function canonicalName(name: string): { readonly name: string } | { readonly rejection: NameRejection } {
  if (name.length < 2 * LIMITS.nameNodes && PLAIN.test(name)) return { name };
  if (name.length > LIMITS.nameBytes) return { rejection: "name_too_long" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff]/.test(name)) return { rejection: "name_characters" };
  const tagged = name.includes(";") || name.endsWith('"}') ? readTags(name) : undefined;
  if (tagged !== undefined) {
    return tagged.tags > LIMITS.tags ? { rejection: "too_many_tags" } : { name: tagged.canonical };
  }
  const nodes = name.split(".").filter((node) => node !== "");
  if (nodes.length === 0) return { rejection: "name_empty" };
  if (nodes.length > LIMITS.nameNodes) return { rejection: "name_too_deep" };
  return { name: nodes.join(".") };
}

function readTags(name: string): { canonical: string; tags: number } | undefined {
  try {
    const { canonical, tags } = parseTaggedName(name.replace(/^~+/, ""));
    return { canonical, tags: tags.size };
  } catch {
    return undefined; // carbon logs it and stores the raw text as an untagged name; so do we, without the log
  }
}
