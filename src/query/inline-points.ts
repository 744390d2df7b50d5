/**
 * How many points a request may have to be evaluated on the main thread. It is not only their number that holds up others,
 * but what is done with each: written out as JSON it takes ten times as long as summed up, and a median over a window a
 * hundred times (docs/benchmarks.md). A thread, on the other hand, has to be told the name of every series.
 */
import type { Expression } from "./expression.ts";
import type { QueryLimits } from "./limits.ts";
import { parseTarget } from "./parser.ts";
import { findFunction } from "./registry.ts";

/** Whatever comes of it is read once, added up, and gone. */
const COMBINED = 5_000_000;
/** As many points are written out as were read. */
const LISTED = 50_000;
/** Each point costs more than a microsecond, or a window full of them. */
const HEAVY = 10_000;

const HEAVY_FUNCTIONS =
  /^(?:moving|holtWinters|exponentialMoving|stdev|timeStack|linearRegression|smartSummarize|hitcount)/;
const COMBINING_FUNCTIONS = /^(?:groupBy|aggregate$|aggregateWithWildcards|percentileOfSeries)/;

export function inlinePoints(targets: readonly string[], limits: QueryLimits): number {
  const written = targets.filter((target) => target.trim() !== "");
  const each = written.map((target) => pointsFor(namesOf(parseTarget(target, limits))));
  return Math.min(COMBINED, ...each);
}

function pointsFor(names: ReadonlySet<string>): number {
  const all = [...names];
  if (all.some((name) => HEAVY_FUNCTIONS.test(name))) return HEAVY;
  return all.some(combines) ? COMBINED : LISTED;
}

function combines(name: string): boolean {
  return COMBINING_FUNCTIONS.test(name) || findFunction(name)?.aggregator === true;
}

/** Of all functions that are called. */
function namesOf(expression: Expression, names = new Set<string>()): ReadonlySet<string> {
  if (expression.kind === "template") return namesOf(expression.body, names);
  if (expression.kind !== "call") return names;
  names.add(expression.name);
  for (const argument of expression.arguments) namesOf(argument, names);
  for (const { value } of expression.keywords) namesOf(value, names);
  return names;
}
