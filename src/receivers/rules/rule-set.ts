/** The rules that are in force at one time, and what they say of a name, in carbon's order (carbon protocols.py, service.py). */
import { type AggregationRule, parseAggregationRules } from "../../carbon/rules/aggregation.ts";
import { parseRegexList, type RegexList } from "../../carbon/rules/regex-list.ts";
import { NO_REWRITES, parseRewriteRules, type RewriteRules, rewrite } from "../../carbon/rules/rewrite.ts";
import type { RuleRefusal } from "../../carbon/target.ts";

export const RULE_KINDS = ["blacklist", "whitelist", "rewrite", "aggregation"] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

export interface RuleSet {
  readonly blacklist: RegexList;
  /** Empty: every name passes. */
  readonly whitelist: RegexList;
  readonly rewrite: RewriteRules;
  readonly aggregation: readonly AggregationRule[];
}

const NO_LIST: RegexList = { length: 0, has: () => false };

export const NO_RULES: RuleSet = { blacklist: NO_LIST, whitelist: NO_LIST, rewrite: NO_REWRITES, aggregation: [] };

/**
 * The set with the rules of one kind read from its file's text; undefined = there is no such file.
 * @throws LockstepError `RULES_SYNTAX` with file and line.
 */
export function withRules(set: RuleSet, kind: RuleKind, text: string | undefined, file: string): RuleSet {
  switch (kind) {
    case "blacklist":
    case "whitelist":
      return { ...set, [kind]: text === undefined ? NO_LIST : parseRegexList(text, file) };
    case "rewrite":
      return { ...set, rewrite: text === undefined ? NO_REWRITES : parseRewriteRules(text, file) };
    case "aggregation":
      return { ...set, aggregation: text === undefined ? [] : parseAggregationRules(text, file) };
  }
}

export function ruleCount(set: RuleSet, kind: RuleKind): number {
  return kind === "rewrite" ? set.rewrite.pre.length + set.rewrite.post.length : set[kind].length;
}

export function isEmpty(set: RuleSet): boolean {
  return RULE_KINDS.every((kind) => ruleCount(set, kind) === 0);
}

/** An aggregate that a name has a part in, and the rule that says so. */
export interface AggregatePart {
  readonly output: string;
  readonly rule: AggregationRule;
}

export interface NameFate {
  /** Under which its samples are stored; undefined: they only have a part in aggregates. */
  readonly name: string | undefined;
  readonly parts: readonly AggregatePart[];
}

/** @throws LockstepError `QUERY_REGEX_STEPS` when an expression takes too long on this name. */
export function fateOf(set: RuleSet, spelling: string, forwardAll: boolean): NameFate | RuleRefusal {
  if (set.blacklist.has(spelling)) return "blacklisted";
  if (set.whitelist.length > 0 && !set.whitelist.has(spelling)) return "not_whitelisted";
  const received = rewrite(set.rewrite.pre, spelling);
  const parts: AggregatePart[] = [];
  for (const rule of set.aggregation) {
    const output = rule.outputOf(received);
    if (output !== undefined) parts.push({ output, rule });
  }
  // An aggregate of the input's own name takes its place: FORWARD_ALL or not, both can't be stored.
  const stored = (forwardAll || set.aggregation.length === 0) && !parts.some(({ output }) => output === received);
  if (stored) return { name: rewrite(set.rewrite.post, received), parts };
  return parts.length === 0 ? "not_aggregated" : { name: undefined, parts };
}
