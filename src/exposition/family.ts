/**
 * What a page of metrics holds: families of samples, and which sample name belongs to which family.
 *
 * A family `f` of a type owns the names made of `f` and one of the type's suffixes; the suffix tells the part that a
 * sample plays. A counter has two ways: OpenMetrics declares `f` and sends `f_total`, 0.0.4 declares what it sends.
 */

export type Dialect = "prometheus" | "openmetrics";

export type MetricType =
  | "counter"
  | "gauge"
  | "histogram"
  | "gaugehistogram"
  | "summary"
  | "info"
  | "stateset"
  | "unknown";

/** The part a sample plays in its family; `created` is the time at which a counting began, in seconds. */
export type SampleRole = "value" | "bucket" | "count" | "sum" | "created";

export interface Label {
  readonly name: string;
  readonly value: string;
}

export interface MetricSample {
  /** As on the page, with its suffix. */
  readonly name: string;
  /** In the order of the page, each name once. A value may be empty. */
  readonly labels: readonly Label[];
  /** May be NaN or infinite: both mean something on a page. */
  readonly value: number;
  /** Milliseconds since 1970; most pages have none. */
  readonly timestampMs: number | undefined;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  /** Empty where the page says nothing. */
  readonly help: string;
  readonly unit: string;
  readonly samples: readonly MetricSample[];
  /** Lines of this family that could not be read: what is added up over the family would be too small. */
  readonly badLines: number;
}

/** The suffixes of each type, and what they stand for. */
const SUFFIXES: Readonly<Record<MetricType, ReadonlyMap<string, SampleRole>>> = {
  counter: suffixes({ "": "value", _total: "value", _created: "created" }),
  gauge: suffixes({ "": "value" }),
  histogram: suffixes({ _bucket: "bucket", _count: "count", _sum: "sum", _created: "created" }),
  gaugehistogram: suffixes({ _bucket: "bucket", _gcount: "count", _gsum: "sum" }),
  summary: suffixes({ "": "value", _count: "count", _sum: "sum", _created: "created" }),
  info: suffixes({ _info: "value" }),
  stateset: suffixes({ "": "value" }),
  unknown: suffixes({ "": "value" }),
};

function suffixes(roles: Readonly<Record<string, SampleRole>>): ReadonlyMap<string, SampleRole> {
  return new Map(Object.entries(roles));
}

/** The part that a sample of this name plays in the family; undefined where it is none of it. */
export function roleOf(family: Pick<MetricFamily, "name" | "type">, sampleName: string): SampleRole | undefined {
  if (!sampleName.startsWith(family.name)) return undefined;
  return SUFFIXES[family.type].get(sampleName.slice(family.name.length));
}

const ALL_SUFFIXES = new Set(Object.values(SUFFIXES).flatMap((roles) => [...roles.keys()]));

/** The names of families that could own a sample of this name; its own name comes first. */
export function* possibleFamilies(sampleName: string): Generator<string> {
  yield sampleName;
  for (const suffix of ALL_SUFFIXES) {
    if (suffix !== "" && sampleName.endsWith(suffix)) yield sampleName.slice(0, -suffix.length);
  }
}

const TYPES: Readonly<Record<Dialect, ReadonlyMap<string, MetricType>>> = {
  prometheus: new Map([
    ["counter", "counter"],
    ["gauge", "gauge"],
    ["histogram", "histogram"],
    ["summary", "summary"],
    ["untyped", "unknown"],
  ]),
  openmetrics: new Map(Object.keys(SUFFIXES).map((name) => [name, name as MetricType])),
};

/** The type that a `# TYPE` line names; undefined where the dialect has none of that name. */
export function typeNamed(text: string, dialect: Dialect): MetricType | undefined {
  return TYPES[dialect].get(text);
}
