/** From a name as it was sent to the entry of the name table: the way that every receiver goes once per spelling. */
import type { NameTable } from "../core/name-table.ts";
import type { SeriesId } from "../core/series-store.ts";
import { canonicalName, type NameRejection } from "./name.ts";

/** The series of a canonical name, or a control line's number, or why it is refused. */
export type Admit<Refusal extends string> = (name: string) => SeriesId | Refusal;

/** The entry, made if the name's series is admitted. */
export function admitSpelling<Refusal extends string>(
  names: NameTable,
  spelling: string,
  admit: Admit<Refusal>,
): number | Refusal | NameRejection {
  const known = names.entryOf(spelling);
  if (known >= 0) return known;
  const canonical = canonicalName(spelling);
  if ("rejection" in canonical) return canonical.rejection;
  const id = admit(canonical.name);
  return typeof id === "string" ? id : names.addSpellingOf(spelling, id);
}
