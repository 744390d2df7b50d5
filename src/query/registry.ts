/** Functions by the names that a target may use. */
import type { GraphiteFunction } from "./function.ts";
import { FUNCTIONS } from "./functions/index.ts";

const BY_NAME: ReadonlyMap<string, GraphiteFunction> = new Map(
  FUNCTIONS.flatMap((entry) => [entry.name, ...entry.aliases].map((name): [string, GraphiteFunction] => [name, entry])),
);

/** Undefined for a name that is none. */
export function findFunction(name: string): GraphiteFunction | undefined {
  return BY_NAME.get(name);
}

/** Every name with its function, sorted; an alias stands beside its function. */
export function functionNames(): readonly (readonly [string, GraphiteFunction])[] {
  return [...BY_NAME].sort(([a], [b]) => (a < b ? -1 : 1));
}
