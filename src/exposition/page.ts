/**
 * A page of metrics → families of samples, in both dialects: Prometheus text 0.0.4 and OpenMetrics 1.0.
 *
 * One bad line costs that line, not the page: a page is the work of many hands, and one exporter's bad label must not
 * blind a node in the middle of an incident. The line is counted on the page and on its family (whoever adds up a family
 * has to know that a part is missing), and the first few are told with their number and text. The whole page is refused
 * only where it can't be what it claims to be: cut off before `# EOF`, larger than the limits, or no metrics at all.
 *
 * Beyond that the reader is strict about what could be misread, and lenient about what can't: more blanks between words,
 * empty lines and comments are accepted in OpenMetrics too, and values are not judged (a counter below zero, a histogram
 * without +Inf): they are what the source says. Exemplars are checked and dropped.
 */
import { LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import {
  type Dialect,
  type MetricFamily,
  type MetricSample,
  type MetricType,
  possibleFamilies,
  roleOf,
  typeNamed,
} from "./family.ts";
import { FAULTS, type Fault, isFault, type LineLimits, type MetaLine, parseMetaLine, parseSampleLine } from "./line.ts";
import { metricNameEnd, skipBlanks, unescapeText } from "./scan.ts";

export interface Page {
  readonly dialect: Dialect;
  readonly families: readonly MetricFamily[];
  readonly sampleCount: number;
  readonly badLines: number;
  /** The first few bad lines: `EXPOSITION_*`, with number and text. */
  readonly problems: readonly LockstepError[];
}

export interface PageOptions {
  /** The Content-Type it came with; it decides the dialect. Without one, a page that ends in `# EOF` is OpenMetrics. */
  readonly contentType?: string | undefined;
  readonly limits?: PageLimits;
}

export interface PageLimits extends LineLimits {
  readonly expositionBytes: number;
  readonly expositionSamples: number;
  readonly expositionBadLines: number;
  readonly expositionProblemsKept: number;
}

/**
 * @throws LockstepError `EXPOSITION_TOO_LARGE`, `EXPOSITION_TOO_MANY_SAMPLES`, `EXPOSITION_TOO_MANY_BAD_LINES`,
 * `EXPOSITION_TRUNCATED` (OpenMetrics without `# EOF`), `EXPOSITION_NOT_METRICS` (lines, but not one sample).
 */
export function parsePage(page: Uint8Array | string, options: PageOptions = {}): Page {
  const limits = options.limits ?? LIMITS;
  if (page.length > limits.expositionBytes) {
    const sizes = `${page.length} bytes where ${limits.expositionBytes} are allowed`;
    throw new LockstepError("EXPOSITION_TOO_LARGE", `cannot read a page of metrics of ${sizes}`);
  }
  const text = typeof page === "string" ? page : new TextDecoder().decode(page);
  return new PageReader(text, dialectOf(options.contentType, text), limits).read();
}

/** Anything but the two known types is judged by its end: a page saved to a file has no Content-Type. */
export function dialectOf(contentType: string | undefined, text: string): Dialect {
  const type = contentType?.replace(/;.*/s, "").trim().toLowerCase();
  if (type === "application/openmetrics-text") return "openmetrics";
  if (type === "text/plain") return "prometheus";
  return text.endsWith("# EOF\n") || text.endsWith("# EOF") ? "openmetrics" : "prometheus";
}

const LINE_FEED = "\n";
const HASH = 0x23;
const EXCERPT_CHARACTERS = 80;

interface FamilyDraft extends MetricFamily {
  type: MetricType;
  help: string;
  unit: string;
  samples: MetricSample[];
  badLines: number;
  /** A `# TYPE` line was read. */
  typed: boolean;
}

class PageReader {
  readonly dialect: Dialect;
  readonly limits: PageLimits;
  readonly #text: string;
  readonly #families: FamilyDraft[] = [];
  readonly #byName = new Map<string, FamilyDraft>();
  /** The family of each sample name seen so far. */
  readonly #ownerOf = new Map<string, FamilyDraft>();
  readonly #problems: LockstepError[] = [];
  #lastOwner: FamilyDraft | undefined;
  #lineNumber = 0;
  #sampleCount = 0;
  #badLines = 0;
  #ended = false;

  constructor(text: string, dialect: Dialect, limits: PageLimits) {
    this.#text = text;
    this.dialect = dialect;
    this.limits = limits;
  }

  read(): Page {
    const text = this.#text;
    for (let start = 0; start < text.length; ) {
      const lineFeed = text.indexOf(LINE_FEED, start);
      const end = lineFeed < 0 ? text.length : lineFeed;
      this.#lineNumber++;
      const at = skipBlanks(text, start, end);
      if (at < end) {
        if (this.#ended) {
          this.#refuse(FAULTS.afterEof, at, end);
          break;
        }
        if (text.charCodeAt(at) === HASH) this.#comment(at, end);
        else if (lineFeed < 0) this.#refuseSample(FAULTS.unterminated, at, end);
        else this.#sample(at, end);
      }
      start = end + 1;
    }
    this.#checkWhole();
    return {
      dialect: this.dialect,
      families: this.#families,
      sampleCount: this.#sampleCount,
      badLines: this.#badLines,
      problems: this.#problems,
    };
  }

  #checkWhole(): void {
    if (this.dialect === "openmetrics" && !this.#ended) {
      const last = this.#text.slice(this.#text.lastIndexOf(LINE_FEED, this.#text.length - 2) + 1);
      throw new LockstepError(
        "EXPOSITION_TRUNCATED",
        `cannot use an OpenMetrics page that ends without # EOF, after line ${this.#lineNumber}: ${excerpt(last)}`,
      );
    }
    if (this.#sampleCount === 0 && this.#badLines > 0) {
      throw new LockstepError("EXPOSITION_NOT_METRICS", "not a page of metrics: lines, and not one sample among them", {
        cause: this.#problems[0],
      });
    }
  }

  // ---- samples

  #sample(at: number, end: number): void {
    const sample = parseSampleLine(this.#text, at, end, this);
    if (isFault(sample)) {
      this.#refuseSample(sample, at, end);
      return;
    }
    if (++this.#sampleCount > this.limits.expositionSamples) {
      throw new LockstepError(
        "EXPOSITION_TOO_MANY_SAMPLES",
        `gave up on a page of more than ${this.limits.expositionSamples} samples, at line ${this.#lineNumber}`,
      );
    }
    this.#lastOwner = this.#owner(sample.name);
    this.#lastOwner.samples.push(sample);
  }

  #owner(sampleName: string): FamilyDraft {
    const known = this.#ownerOf.get(sampleName);
    if (known !== undefined) return known;
    const owner = this.#findOwner(sampleName);
    this.#ownerOf.set(sampleName, owner);
    return owner;
  }

  /** A sample that fits no declared family is one of its own, of unknown type: nothing is lost for its name. */
  #findOwner(sampleName: string): FamilyDraft {
    for (const name of possibleFamilies(sampleName)) {
      const family = this.#byName.get(name);
      if (family !== undefined && roleOf(family, sampleName) !== undefined) return family;
    }
    return this.#byName.has(sampleName) ? this.#newFamily(sampleName) : this.#declared(sampleName);
  }

  // ---- # HELP, # TYPE, # UNIT, # EOF

  #comment(at: number, end: number): void {
    const meta = parseMetaLine(this.#text, at + 1, end, this);
    const wrong = meta === undefined || isFault(meta) ? meta : this.#apply(meta);
    if (wrong !== undefined) this.#refuse(wrong, at, end);
  }

  #apply(meta: MetaLine): Fault | undefined {
    switch (meta.keyword) {
      case "EOF":
        this.#ended = true;
        return undefined;
      case "HELP":
        return setHelp(this.#declared(meta.family), unescapeText(meta.rest));
      case "TYPE":
        return setType(this.#declared(meta.family), typeNamed(meta.rest, this.dialect));
      case "UNIT":
        return setUnit(this.#declared(meta.family), meta.rest);
    }
  }

  #declared(name: string): FamilyDraft {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const family = this.#newFamily(name);
    this.#byName.set(name, family);
    return family;
  }

  #newFamily(name: string): FamilyDraft {
    const family: FamilyDraft = { name, type: "unknown", help: "", unit: "", samples: [], badLines: 0, typed: false };
    this.#families.push(family);
    return family;
  }

  // ---- what can't be read

  /** Counts the loss on the family that the line names; where that can't be told either, on the one before it. */
  #refuseSample(wrong: Fault, at: number, end: number): void {
    const named = wrong !== FAULTS.name && wrong !== FAULTS.nameLimit && wrong !== FAULTS.unterminated;
    const nameEnd = metricNameEnd(this.#text, at, end);
    const owner = named ? this.#owner(this.#text.slice(at, nameEnd)) : this.#lastOwner;
    if (owner !== undefined) owner.badLines++;
    this.#refuse(wrong, at, end);
  }

  #refuse(wrong: Fault, at: number, end: number): void {
    this.#badLines++;
    if (this.#problems.length < this.limits.expositionProblemsKept) {
      const line = excerpt(this.#text.slice(at, end));
      this.#problems.push(
        new LockstepError(wrong.code, `cannot read line ${this.#lineNumber}, ${line}: ${wrong.rule}`),
      );
    }
    if (this.#badLines > this.limits.expositionBadLines) {
      throw new LockstepError(
        "EXPOSITION_TOO_MANY_BAD_LINES",
        `gave up on a page of metrics after ${this.#badLines} bad lines`,
        { cause: this.#problems[0] },
      );
    }
  }
}

function setHelp(family: FamilyDraft, help: string): Fault | undefined {
  if (family.help !== "") return FAULTS.meta;
  family.help = help;
  return undefined;
}

function setType(family: FamilyDraft, type: MetricType | undefined): Fault | undefined {
  if (family.typed || family.samples.length > 0) return FAULTS.meta;
  if (type === undefined) return FAULTS.type;
  family.type = type;
  family.typed = true;
  return undefined;
}

function setUnit(family: FamilyDraft, unit: string): Fault | undefined {
  if (family.unit !== "") return FAULTS.meta;
  if (unit !== "" && !family.name.endsWith(`_${unit}`)) return FAULTS.unit;
  family.unit = unit;
  return undefined;
}

function excerpt(line: string): string {
  return JSON.stringify(line.length > EXCERPT_CHARACTERS ? `${line.slice(0, EXCERPT_CHARACTERS)}…` : line);
}
