/**
 * Where lines with a spelling go, as one number: what the name table remembers of it.
 *
 *     2³⁰ …            a route: into a series, into aggregations, or both (receivers/rules)
 *     0 … 2³⁰ − 1      the series with this id
 *     −1               not decided
 *     −2 … −2³⁰        a control line
 *     … −2³⁰ − 1       nowhere: a rule refuses it
 */
export { UNDECIDED } from "../core/name-table.ts";

export const FIRST_ROUTE = 2 ** 30;
/** Control lines are numbered downwards from here. */
export const FIRST_CONTROL = -2;
/** Refusals are numbered downwards from here. */
export const FIRST_REFUSAL = -(2 ** 30) - 1;

/** Why a rule refuses a name, which is remembered: the label of its counter. */
export const RULE_REFUSALS = ["blacklisted", "not_whitelisted", "not_aggregated"] as const;
export type RuleRefusal = (typeof RULE_REFUSALS)[number];

export function refusalTarget(reason: RuleRefusal): number {
  return FIRST_REFUSAL - RULE_REFUSALS.indexOf(reason);
}

/** The reason of a target at or below `FIRST_REFUSAL`. */
export function refusalOf(target: number): RuleRefusal {
  return RULE_REFUSALS[FIRST_REFUSAL - target]!;
}
