/**
 * Which archives a series has and how it is summarised: carbon's `storage-schemas.conf` and
 * `storage-aggregation.conf` (carbon storage.py, util.py; whisper.py), read from text.
 *
 * Sections are tried in file order; the first whose pattern is found in the name wins. Unlike carbon, a section that
 * makes no sense is an error that names the line, and the rules apply to series that exist already, too.
 */
import { AGGREGATION_METHODS, type AggregationMethod, isAggregationMethod } from "../core/aggregation.ts";
import { LockstepError } from "../core/errors.ts";

export interface Archive {
  /** Seconds of one slot. */
  readonly step: number;
  /** Slots that are kept. */
  readonly points: number;
}

export interface SchemaRule {
  readonly name: string;
  readonly pattern: RegExp;
  /** Finest first. */
  readonly archives: readonly Archive[];
}

export interface AggregationRule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly xFilesFactor: number;
  readonly method: AggregationMethod;
}

export interface SeriesSchema {
  readonly archives: readonly Archive[];
  readonly xFilesFactor: number;
  readonly method: AggregationMethod;
}

export interface StorageRules {
  readonly schemas: readonly SchemaRule[];
  readonly aggregations: readonly AggregationRule[];
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };

/** carbon's built-in default for a name that no section matches is 60s:7d; ours keeps what our own sidecars send. */
export const DEFAULT_ARCHIVES: readonly Archive[] = parseRetentions("10s:2d,1m:30d,10m:1y");
const DEFAULT_METHOD: AggregationMethod = "average";
const DEFAULT_X_FILES_FACTOR = 0.5;

/** The schemas that the rules can give; series with the same rules share one object. */
export class SchemaTable {
  readonly #rules: StorageRules;
  readonly #schemas = new Map<string, SeriesSchema>();

  constructor(rules: StorageRules) {
    this.#rules = rules;
  }

  of(name: string): SeriesSchema {
    const { schemas, aggregations } = this.#rules;
    const schema = schemas.findIndex((rule) => rule.pattern.test(name));
    const aggregation = aggregations.findIndex((rule) => rule.pattern.test(name));
    const key = `${schema}/${aggregation}`;
    const known = this.#schemas.get(key);
    if (known !== undefined) return known;
    const made: SeriesSchema = {
      archives: schemas[schema]?.archives ?? DEFAULT_ARCHIVES,
      xFilesFactor: aggregations[aggregation]?.xFilesFactor ?? DEFAULT_X_FILES_FACTOR,
      method: aggregations[aggregation]?.method ?? DEFAULT_METHOD,
    };
    this.#schemas.set(key, made);
    return made;
  }

  /** All sets of archives that a series can get. */
  archiveSets(): readonly (readonly Archive[])[] {
    return [...this.#rules.schemas.map((rule) => rule.archives), DEFAULT_ARCHIVES];
  }

  /** No series is kept for less. */
  get leastKeptSeconds(): number {
    return Math.min(...this.archiveSets().map(keptSeconds));
  }
}

/** How far back the archives of a series reach. */
export function keptSeconds(archives: readonly Archive[]): number {
  return Math.max(...archives.map(({ step, points }) => step * points));
}

/** @throws LockstepError `SCHEMA_SYNTAX` with file, section and an example of what would be right. */
export function parseSchemas(text: string, file: string): SchemaRule[] {
  const rules: SchemaRule[] = [];
  for (const section of parseIni(text, file)) {
    const { pattern, retentions } = Object.fromEntries(section.entries) as Record<string, string | undefined>;
    if (pattern === undefined || retentions === undefined) continue; // as carbon: such a section says nothing
    try {
      rules.push({ name: section.name, pattern: compile(pattern), archives: parseRetentions(retentions) });
    } catch (error) {
      throw sectionError(file, section, error);
    }
  }
  return rules;
}

/** @throws LockstepError `SCHEMA_SYNTAX`. */
export function parseAggregations(text: string, file: string): AggregationRule[] {
  return parseIni(text, file).flatMap((section) => {
    try {
      return aggregationRule(section);
    } catch (error) {
      throw sectionError(file, section, error);
    }
  });
}

function aggregationRule(section: IniSection): AggregationRule[] {
  const entries = new Map(section.entries);
  const pattern = entries.get("pattern");
  if (pattern === undefined) return [];
  const factor = entries.get("xfilesfactor");
  const xFilesFactor = factor === undefined ? DEFAULT_X_FILES_FACTOR : Number(factor);
  if (!(xFilesFactor >= 0 && xFilesFactor <= 1)) throw new Error(`xFilesFactor = ${factor} is not between 0 and 1`);
  const method = entries.get("aggregationmethod") ?? DEFAULT_METHOD;
  const known = method === "avg" ? "average" : method;
  if (!isAggregationMethod(known)) {
    throw new Error(`aggregationMethod = ${method} is none of ${AGGREGATION_METHODS.join(", ")}`);
  }
  return [{ name: section.name, pattern: compile(pattern), xFilesFactor, method: known }];
}

/**
 * `10s:2d,1m:30d` → archives, finest first. A step is seconds or has a unit; a span is a duration, or, as a bare
 * number, a count of points.
 * @throws Error that says which of whisper's rules is broken.
 */
export function parseRetentions(text: string): readonly Archive[] {
  const archives = text.split(",").map((part) => parseArchive(part.trim()));
  archives.sort((a, b) => a.step - b.step);
  for (let i = 1; i < archives.length; i++) checkNeighbours(archives[i - 1]!, archives[i]!);
  return archives;
}

function parseArchive(text: string): Archive {
  const match = /^(\d+)([smhdwy]?)[a-z]*:(\d+)([smhdwy]?)[a-z]*$/i.exec(text);
  if (match === null) throw new Error(`"${text}" is not STEP:SPAN; right would be 10s:2d`);
  const step = Number(match[1]) * (UNIT_SECONDS[match[2]!.toLowerCase()] ?? 1);
  if (step === 0) throw new Error(`"${text}" has a step of zero`);
  const spanUnit = UNIT_SECONDS[match[4]!.toLowerCase()];
  const points = spanUnit === undefined ? Number(match[3]) : Math.floor((Number(match[3]) * spanUnit) / step);
  if (points < 1) throw new Error(`"${text}" keeps no point`);
  return { step, points };
}

function checkNeighbours(fine: Archive, coarse: Archive): void {
  if (fine.step === coarse.step) throw new Error(`two archives have a step of ${fine.step} s`);
  if (coarse.step % fine.step !== 0) throw new Error(`a step of ${coarse.step} s is no multiple of ${fine.step} s`);
  if (coarse.step * coarse.points <= fine.step * fine.points) {
    throw new Error(`the archive of ${coarse.step} s does not reach further back than that of ${fine.step} s`);
  }
  if (fine.points < coarse.step / fine.step) {
    throw new Error(`the archive of ${fine.step} s has too few points for one of ${coarse.step} s`);
  }
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new Error(`pattern = ${pattern} is not a regular expression (${(error as Error).message})`);
  }
}

// ---- the INI format of Python's ConfigParser, as far as carbon's files use it ------------------------------------

interface IniSection {
  readonly name: string;
  readonly line: number;
  /** Keys in lower case, as ConfigParser has them. */
  readonly entries: readonly (readonly [string, string])[];
}

function parseIni(text: string, file: string): IniSection[] {
  const sections: { name: string; line: number; entries: [string, string][] }[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) return;
    const header = /^\[(.+)\]$/.exec(line);
    if (header !== null) {
      sections.push({ name: header[1]!, line: index + 1, entries: [] });
      return;
    }
    const entry = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line);
    const section = sections.at(-1);
    if (entry === null || section === undefined) {
      throw new LockstepError(
        "SCHEMA_SYNTAX",
        `cannot read ${file}, line ${index + 1}: "${line}" is neither [section] nor key = value`,
      );
    }
    section.entries.push([entry[1]!.toLowerCase(), entry[2]!]);
  });
  return sections;
}

function sectionError(file: string, section: IniSection, cause: unknown): LockstepError {
  return new LockstepError("SCHEMA_SYNTAX", `cannot use section [${section.name}] of ${file}, line ${section.line}`, {
    cause,
  });
}
