/**
 * `rewrite-rules.conf`: sections [pre] and [post] with lines `regex = replacement`, each applied to what the one before
 * has made of the name, and wherever it matches (Python's `re.sub`).
 */
import { type RuleLine, ruleLines, ruleRegex, rulesError } from "./syntax.ts";

export type Rewrite = (name: string) => string;

export interface RewriteRules {
  /** On receipt, before aggregation. */
  readonly pre: readonly Rewrite[];
  /** On what goes on to the store. */
  readonly post: readonly Rewrite[];
}

export const NO_REWRITES: RewriteRules = { pre: [], post: [] };

/** @throws LockstepError `RULES_SYNTAX` with file and line. */
export function parseRewriteRules(text: string, file: string): RewriteRules {
  const sections = new Map<string, Rewrite[]>();
  let rules: Rewrite[] | undefined;
  for (const line of ruleLines(text, file, (raw) => raw.trim().startsWith("#"))) {
    if (line.text.startsWith("[") && line.text.endsWith("]")) rules = openSection(line, sections);
    else if (rules === undefined) throw rulesError(line, "it stands before [pre] or [post]");
    else rules.push(parseRewrite(line));
  }
  return { pre: sections.get("pre") ?? [], post: sections.get("post") ?? [] };
}

function openSection(line: RuleLine, sections: Map<string, Rewrite[]>): Rewrite[] {
  const name = line.text.slice(1, -1).toLowerCase();
  if (name !== "pre" && name !== "post") throw rulesError(line, "the sections are [pre] and [post]");
  if (sections.has(name))
    throw rulesError(line, "the section was there before, and carbon would forget its first part");
  const rules: Rewrite[] = [];
  sections.set(name, rules);
  return rules;
}

function parseRewrite(line: RuleLine): Rewrite {
  const equals = line.text.indexOf("=");
  if (equals < 0) throw rulesError(line, "it is neither [pre], [post] nor REGEX = REPLACEMENT");
  const regex = ruleRegex(line, line.text.slice(0, equals).trim());
  try {
    return regex.replacer(line.text.slice(equals + 1).trim());
  } catch (error) {
    throw rulesError(line, "its replacement makes no sense", error);
  }
}

export function rewrite(rules: readonly Rewrite[], name: string): string {
  return rules.reduce((renamed, rule) => rule(renamed), name);
}
