/**
 * Random targets, made of the functions that are there: their parameters say what can be given. Mostly sensible, since
 * a target that is refused compares nothing.
 */
import type { GraphiteFunction } from "#src/query/function.ts";
import type { Parameter } from "#src/query/parameters.ts";
import { functionNames } from "#src/query/registry.ts";
import type { SeededRandom } from "./random.ts";

/** Whose defaults depend on the moment, or give a name that is null. */
const ALWAYS_GIVEN = new Set(["startSourceAt", "endSourceAt", "startSliceAt", "endSliceAt", "label"]);
/** They make names into targets, which only names of series can be. */
const OF_PATHS = new Set(["applyByNode", "useSeriesAbove", "aliasQuery"]);

export interface Vocabulary {
  readonly paths: readonly string[];
  readonly tagExpressions: readonly string[];
  readonly aggregations: readonly string[];
  readonly callbacks: readonly string[];
  /** Functions that are left out. */
  readonly without: ReadonlySet<string>;
}

const NUMBERS = [
  "0",
  "1",
  "2",
  "-1",
  "0.5",
  "-2.5",
  "3",
  "10",
  "100",
  "1e3",
  "1e-07",
  "1234567",
  "0.1",
  "95",
  "50",
  "25",
];
const INTERVALS = ['"1min"', '"2min"', '"5min"', "'10min'", '"30s"', '"90s"', '"1h"', '"7min"', '"1d"'];
const TEXTS = ['"x"', '"a b"', '"cpu"', "'%'", '"üñ"'];
/** Each has a group, which the replacements may name. */
const REGEXES = [
  '"(^.*$)"',
  '"(\\\\w+)\\\\.(\\\\w+)"',
  '"([ab])"',
  '"(?P<n>\\\\d+)"',
  '"\\\\.([^.]*)$"',
  '"(x)*"',
  '"(?i)(A|x)"',
];
const TEMPLATES = ['"sumSeries(%.*)"', '"scale(%.x,2)"', '"diffSeries(%.*,constantLine(1))"'];
const REPLACEMENTS = ['"\\1"', '"\\1 A"', '"<\\g<0>>"', '"_"', '""', '"\\g<1>-\\1"'];

export function randomTarget(random: SeededRandom, vocabulary: Vocabulary, depth: number): string {
  const functions = functionNames().filter(([name]) => !vocabulary.without.has(name));
  const path = (): string => random.pick(vocabulary.paths);
  if (depth <= 0 || random.chance(0.1)) return path();
  const [name, entry] = random.pick(functions);
  if (name === "seriesByTag") return seriesByTag(random, vocabulary);
  const given: string[] = [];
  for (const [parameterName, parameter] of entry.parameters) {
    if (!parameter.required && !ALWAYS_GIVEN.has(parameterName) && random.chance(0.5)) break;
    const times = parameter.multiple ? random.between(1, 2) : 1;
    for (let i = 0; i < times; i++) {
      given.push(randomArgument(random, vocabulary, depth, entry, parameterName, parameter));
    }
  }
  return `${name}(${given.join(random.pick([",", ", "]))})`;
}

function seriesByTag(random: SeededRandom, { tagExpressions }: Vocabulary): string {
  const more = random.chance(0.5) ? `, "${random.pick(tagExpressions)}"` : "";
  return `seriesByTag("name=~.+", "${random.pick(tagExpressions)}"${more})`;
}

function randomArgument(
  random: SeededRandom,
  vocabulary: Vocabulary,
  depth: number,
  entry: GraphiteFunction,
  name: string,
  { type }: Parameter<unknown>,
): string {
  const series = (): string => randomTarget(random, vocabulary, OF_PATHS.has(entry.name) ? 0 : depth - 1);
  switch (type.name) {
    case "seriesList":
      return series();
    case "seriesLists":
      return `mapSeries(${series()},${random.between(0, 2)})`;
    case "float":
      return name === "n" ? random.pick(["50", "95", "10.5", "1", "3"]) : random.pick(NUMBERS);
    case "integer":
      if (name === "base" || name === "points") return random.pick(["2", "10", "3"]);
      return random.pick(["1", "2", "3", "5", "10", ...(name === "step" ? [] : ["-1", "0"])]);
    case "node":
      return String(random.between(name === "nodeNum" ? 0 : -2, 3));
    case "intOrInf":
      return random.pick(["1", "2", "3", "inf", "0"]);
    case "boolean":
      return random.pick(["true", "false"]);
    case "nodeOrTag":
      return random.pick(["0", "1", "2", "-1", '"name"', '"dc"', '"host"']);
    case "tag":
      return random.pick(['"dc"', '"host"', '"name"']);
    case "interval":
      return random.chance(0.2) && name === "timeShift" ? '"+1min"' : random.pick(INTERVALS);
    case "intOrInterval":
      return random.pick(["1", "2", "3", "5", ...INTERVALS.slice(0, 6)]);
    case "date":
      return random.pick(['"10:03_20231114"', '"11:50_20231114"', '"1699961500"']);
    case "aggFunc":
      return `"${random.pick(vocabulary.aggregations)}"`;
    case "aggOrSeriesFunc":
      return `"${random.pick(vocabulary.callbacks)}"`;
    case "any":
      return random.chance(0.3) ? random.pick(["None", "100", "0", "12.5"]) : series();
    default:
      return randomText(random, entry, name, type.options);
  }
}

function randomText(
  random: SeededRandom,
  entry: GraphiteFunction,
  name: string,
  options: readonly (string | boolean | null)[] | undefined,
): string {
  if (options !== undefined) return quoted(random.pick(options.filter((option) => typeof option === "string")));
  if (name === "search" || name === "pattern") return random.pick(REGEXES);
  if (name === "replace") return entry.name === "aliasSub" ? random.pick(REPLACEMENTS) : '"\\1"';
  if (name === "templateFunction") return random.pick(TEMPLATES);
  if (name === "intervalUnit") return random.pick(INTERVALS);
  if (entry.name === "color") return '"red"';
  return random.pick(TEXTS);
}

function quoted(text: string): string {
  return `"${text}"`;
}
