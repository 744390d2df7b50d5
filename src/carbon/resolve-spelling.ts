/** From a name as it was sent to its target: the way that every receiver goes once per spelling. */
import { LIMITS } from "../core/limits.ts";
import type { NameTable } from "../core/name-table.ts";
import type { SeriesId } from "../core/series-store.ts";
import type { LineRejection } from "./line.ts";
import { canonicalName } from "./name.ts";
import type { SpellingCache } from "./spelling-cache.ts";
import { FIRST_REFUSAL, type RuleRefusal, refusalOf, refusalTarget, UNDECIDED } from "./target.ts";

/** What the operator's rules say of names, seen from the wire. */
export interface SpellingRules {
  readonly cache: SpellingCache;
  judge(spelling: string): Judgement | RuleRefusal | "rule_too_slow";
}

export interface Judgement {
  /** What its samples are stored under, before tags and dots are put in order; undefined: they aren't stored. */
  readonly name: string | undefined;
  /** The target of the spelling, given that of the name. */
  route(target: number | undefined): number;
}

/** The part of a sink that decides over names. */
export interface NameSink {
  readonly rules: SpellingRules | undefined;
  /**
   * The series of a canonical name that was not seen in this spelling before; or a control line's number, −2 or less;
   * or why it is refused.
   */
  admit(name: string): SeriesId | LineRejection;
}

/** The target, never that of a refusal; or why the name is refused. */
export function resolveSpelling(names: NameTable, spelling: string, sink: NameSink): number | LineRejection {
  const entry = names.entryOf(spelling);
  let target = entry >= 0 ? names.targetOf(entry) : (sink.rules?.cache.targetOf(spelling) ?? UNDECIDED);
  if (target === UNDECIDED) {
    const decided = decide(spelling, sink);
    if (typeof decided === "string") return decided;
    target = decided;
    remember(names, spelling, entry, target, sink.rules?.cache);
  }
  return target <= FIRST_REFUSAL ? refusalOf(target) : target;
}

function decide(spelling: string, sink: NameSink): number | LineRejection {
  const judged = sink.rules === undefined ? undefined : sink.rules.judge(spelling);
  if (judged === "rule_too_slow") return judged; // not remembered: it is a fault of the rules, to be seen
  if (typeof judged === "string") return refusalTarget(judged);
  const name = judged === undefined ? spelling : judged.name;
  if (name === undefined) return judged!.route(undefined);
  const canonical = canonicalName(name);
  if ("rejection" in canonical) return canonical.rejection;
  const target = sink.admit(canonical.name);
  if (typeof target === "string") return target; // for the moment, perhaps
  return judged === undefined ? target : judged.route(target);
}

/** Accepted spellings get a place in the name table, as long as there is one; refused ones don't. */
function remember(
  names: NameTable,
  spelling: string,
  entry: number,
  target: number,
  cache: SpellingCache | undefined,
): void {
  const refused = target <= FIRST_REFUSAL;
  if (entry >= 0) names.setTarget(entry, target);
  else if (!refused && (cache === undefined || names.otherSpellings < LIMITS.spellings))
    names.addSpelling(spelling, target);
  else cache!.add(spelling, target);
}
