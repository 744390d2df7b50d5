/**
 * What has changed from one model of a page to the next, as a JSON Merge Patch (RFC 7396): members that differ, and null
 * for members that are gone. Models have no null and no undefined of their own, and lists whose members change one by one
 * are `Keyed`; other arrays are replaced whole.
 */
export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };
export type Patch = Json | null | { readonly [name: string]: Patch };

/** Undefined when nothing has changed. */
export function mergePatch(before: unknown, after: unknown): Patch | undefined {
  if (!isObject(before) || !isObject(after)) return same(before, after) ? undefined : (after as Json);
  const patch: Record<string, Patch> = Object.create(null);
  let changed = false;
  const set = (name: string, value: Patch): void => {
    patch[name] = value;
    changed = true;
  };
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) set(name, null);
  for (const [name, value] of Object.entries(after)) {
    const part = Object.hasOwn(before, name) ? mergePatch(before[name], value) : (value as Json);
    if (part !== undefined) set(name, part);
  }
  return changed ? patch : undefined;
}

function same(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, i) => JSON.stringify(item) === JSON.stringify(b[i]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
