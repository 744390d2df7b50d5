/**
 * `aggregation-rules.conf`: `output_template (frequency) = method input_pattern`, as carbon-aggregator reads it
 * (carbon aggregator/rules.py).
 *
 * In the pattern `<field>` is some of one node's characters, `<<field>>` anything, `*` a part of a node, and all else is a
 * regular expression, which has to match from the name's first character to its last. The template has the fields in
 * `<…>`.
 */
import { AGGREGATE_METHODS, type AggregateMethod, isAggregateMethod } from "./bucket.ts";
import { type RuleLine, ruleLines, ruleRegex, rulesError } from "./syntax.ts";

export interface AggregationRule {
  readonly line: RuleLine;
  readonly method: AggregateMethod;
  /** Length of an interval, and how often its value is written. */
  readonly frequencySeconds: number;
  /** The series that a name is aggregated into; undefined when the rule is not about it. */
  outputOf(name: string): string | undefined;
}

const RIGHT = "right would be <app>.all.requests (60) = sum <app>.*.requests";

/** @throws LockstepError `RULES_SYNTAX` with file and line. */
export function parseAggregationRules(text: string, file: string): readonly AggregationRule[] {
  return ruleLines(text, file, (line) => line.trim().startsWith("#")).map(parseRule);
}

function parseRule(line: RuleLine): AggregationRule {
  const equals = line.text.indexOf("=");
  const left = line.text.slice(0, Math.max(0, equals)).trim().split(/\s+/);
  const right = line.text
    .slice(equals + 1)
    .trim()
    .split(/\s+/);
  if (equals < 0 || left.length !== 2 || right.length !== 2) {
    throw rulesError(line, `it is not OUTPUT (SECONDS) = METHOD INPUT, with no blank or = in OUTPUT; ${RIGHT}`);
  }
  const [template, frequency] = left as [string, string];
  const [method, pattern] = right as [string, string];
  if (!isAggregateMethod(method)) {
    throw rulesError(line, `the method ${method} is none of ${AGGREGATE_METHODS.join(", ")}`);
  }
  const seconds = /^\(*(\d+)\)*$/.exec(frequency)?.[1];
  const frequencySeconds = Number(seconds ?? 0);
  if (!(frequencySeconds >= 1 && frequencySeconds <= 31_536_000)) {
    throw rulesError(line, `${frequency} is no number of seconds in brackets, from 1 to a year; ${RIGHT}`);
  }
  return { line, method, frequencySeconds, outputOf: outputFunction(line, pattern, template) };
}

function outputFunction(line: RuleLine, pattern: string, template: string): AggregationRule["outputOf"] {
  const regex = ruleRegex(line, `${pattern.split(".").map(nodeRegex).join("\\.")}$`);
  const fields = new Set(pattern.split(".").flatMap((node) => fieldIn(node)?.field ?? []));
  const pieces = parseTemplate(line, template, fields);
  return (name) => {
    const groups = regex.matchGroups(name);
    if (groups === undefined) return undefined;
    // A group in a branch that was not taken is None to Python, and so it is written.
    return pieces.map((piece) => (typeof piece === "string" ? piece : (groups.get(piece.field) ?? "None"))).join("");
  };
}

interface Field {
  readonly before: string;
  readonly field: string;
  readonly after: string;
  readonly any: boolean;
}

/** The first field of a node of the pattern; carbon knows of no second one. */
function fieldIn(node: string): Field | undefined {
  const any = between(node, "<<", ">>");
  return any === undefined ? between(node, "<", ">") : any;
}

function between(node: string, open: string, close: string): Field | undefined {
  const start = node.indexOf(open);
  const end = node.indexOf(close);
  const any = open.length > 1;
  if (start < 0 || end < 0 || (!any && end < start)) return undefined;
  const field = node.slice(start + open.length, end);
  return { before: node.slice(0, start), field, after: node.slice(end + close.length), any };
}

function nodeRegex(node: string): string {
  const field = fieldIn(node);
  if (field !== undefined) return `${field.before}(?P<${field.field}>${field.any ? ".+?" : "[^.]+?"})${field.after}`;
  return node === "*" ? "[^.]+" : node.replaceAll("*", "[^.]*");
}

type TemplatePiece = string | { readonly field: string };

function parseTemplate(line: RuleLine, template: string, fields: ReadonlySet<string>): TemplatePiece[] {
  return template.split(/(<[^<>]*>)/).map((piece) => {
    const field = /^<(.*)>$/.exec(piece)?.[1];
    if (field !== undefined && fields.has(field)) return { field };
    if (!/[<>]/.test(piece)) return piece;
    const known = fields.size === 0 ? "it has none" : `it has ${[...fields].map((one) => `<${one}>`).join(", ")}`;
    throw rulesError(line, `the output ${template} has other <…> than the fields of the input pattern: ${known}`);
  });
}
