/**
 * A list whose members have names: so that a change of one of them can be told without telling the others again
 * (merge-patch.ts), and the browser knows which element shows it.
 */
export interface Keyed<Item> {
  readonly order: readonly string[];
  /** Without a prototype: a node may be called `__proto__`. */
  readonly items: Readonly<Record<string, Item>>;
}

export function keyed<Item>(entries: readonly (readonly [key: string, item: Item])[]): Keyed<Item> {
  const items: Record<string, Item> = Object.create(null);
  for (const [key, item] of entries) items[key] = item;
  return { order: entries.map(([key]) => key), items };
}
