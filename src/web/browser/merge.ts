/** Applies a JSON Merge Patch (RFC 7396), as web/merge-patch.ts makes them. Makes new objects: the old model stays. */
export type Model = { readonly [name: string]: unknown };

export function applyPatch(model: unknown, patch: unknown): unknown {
  if (!isModel(patch)) return patch;
  const result: Record<string, unknown> = Object.create(null); // a node may be called __proto__
  if (isModel(model)) for (const [name, value] of Object.entries(model)) result[name] = value;
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applyPatch(result[name], value);
  }
  return result;
}

export function isModel(value: unknown): value is Model {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
