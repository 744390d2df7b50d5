/**
 * A time series as graphite-web carries it from function to function. Never changed in place: functions make new ones
 * that share what they leave alone.
 */
import { LockstepError } from "../core/errors.ts";
import { parseTaggedName } from "../core/tags.ts";
import type { ConsolidationName } from "./consolidation.ts";

export interface TimeSeries {
  /** What the answer calls it; functions wrap it: `scale(a.b,2)`. */
  readonly name: string;
  /** What combining functions call it: the path or call it came from, globs and all: `sumSeries(a.*)`. */
  readonly pathExpression: string;
  readonly tags: Tags;
  readonly startSeconds: number;
  /** Bounds the answer; `start + step × values` may lie on either side of it, as in graphite-web. */
  readonly endSeconds: number;
  readonly stepSeconds: number;
  /** NaN = null. */
  readonly values: Float64Array;
  /** Whether Python would hold ints: they print without `.0`. */
  readonly integers: boolean;
  /** How several values become one when there are more than the answer may have (`consolidateBy`). */
  readonly consolidation: ConsolidationName;
  /** The share of values that must be known for several to become one. */
  readonly xFilesFactor: number;
  /** How a picture draws it. */
  readonly graph: GraphOptions;
}

export type SeriesList = readonly TimeSeries[];

/** In the order in which they came: it shows in the answer. */
export type Tags = ReadonlyMap<string, string>;

export interface GraphOptions {
  readonly color?: string;
  readonly alpha?: number;
  readonly lineWidth?: number;
  readonly dashed?: number;
  readonly stacked?: boolean;
  readonly invisible?: boolean;
  readonly secondYAxis?: boolean;
  readonly drawAsInfinite?: boolean;
}

const NO_GRAPH_OPTIONS: GraphOptions = {};

type Required = "name" | "startSeconds" | "endSeconds" | "stepSeconds" | "values";

/** A series made anew: tags are those of its name, and its path expression is the name, unless they are given. */
export function newSeries(given: Pick<TimeSeries, Required> & Partial<TimeSeries>): TimeSeries {
  return {
    name: given.name,
    pathExpression: given.pathExpression ?? given.name,
    tags: given.tags ?? new NameTags(given.name),
    startSeconds: given.startSeconds,
    endSeconds: given.endSeconds,
    stepSeconds: given.stepSeconds,
    values: given.values,
    integers: given.integers ?? false,
    consolidation: given.consolidation ?? "average",
    xFilesFactor: given.xFilesFactor ?? 0,
    graph: given.graph ?? NO_GRAPH_OPTIONS,
  };
}

/** The tags of a name, read when they are asked for: most of ten thousand series never are. */
class NameTags implements Tags {
  readonly #name: string;
  #read: Tags | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  get #tags(): Tags {
    this.#read ??= tagsOfName(this.#name);
    return this.#read;
  }

  get size(): number {
    return this.#tags.size;
  }
  get(key: string): string | undefined {
    return this.#tags.get(key);
  }
  has(key: string): boolean {
    return this.#tags.has(key);
  }
  forEach(run: (value: string, key: string, map: Tags) => void): void {
    this.#tags.forEach(run);
  }
  entries() {
    return this.#tags.entries();
  }
  keys() {
    return this.#tags.keys();
  }
  values() {
    return this.#tags.values();
  }
  [Symbol.iterator]() {
    return this.#tags[Symbol.iterator]();
  }
}

/** The series under another name, which is its path expression from now on. */
export function renamed(series: TimeSeries, name: string, changes: Partial<TimeSeries> = {}): TimeSeries {
  return { ...series, name, pathExpression: name, ...changes };
}

/** Like `renamed`, for functions that make a copy in graphite-web: how it was to be drawn is lost. */
export function copied(series: TimeSeries, name: string, changes: Partial<TimeSeries> = {}): TimeSeries {
  return renamed(series, name, { graph: NO_GRAPH_OPTIONS, ...changes });
}

export function withTag(tags: Tags, key: string, value: string): Tags {
  return new Map(tags).set(key, value);
}

export function mapValues(values: Float64Array, change: (value: number) => number): Float64Array {
  const changed = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) changed[i] = change(values[i]!);
  return changed;
}

/** `cpu;host=n1` has host and name; what looks like a call, or has tags that can't be read, has its name only. */
export function tagsOfName(name: string): Tags {
  return /^[a-z]+\(.+\)$/i.test(name) ? new Map([["name", name]]) : tagsOfPath(name);
}

/** The tags of a name, whatever it looks like. */
export function tagsOfPath(path: string): Tags {
  try {
    const { metric, tags } = parseTaggedName(path);
    const bare = metric.replace(/^~+/, "");
    return bare === "" ? new Map([["name", path]]) : new Map([...tags, ["name", bare]]);
  } catch (error) {
    if (error instanceof LockstepError) return new Map([["name", path]]);
    throw error;
  }
}
