/**
 * A SeriesReader over arrays, with whisper's reading semantics: the archive is the finest that reaches back to `from`,
 * the window is (from, until], values stand at multiples of the step, and a range that lies outside of the retention
 * finds nothing (whisper.py `file_fetch`).
 */
import { compilePattern, type NodeMatcher } from "#src/core/glob.ts";
import type {
  FetchedSeries,
  FetchQuery,
  FindQuery,
  FoundNode,
  FoundSeries,
  SeriesReader,
  TagExpression,
  TagQuery,
  TagWordsQuery,
} from "#src/core/series-store.ts";
import { parseTaggedName } from "#src/core/tags.ts";

export interface MemorySeries {
  readonly name: string;
  /** Finest first. */
  readonly archives: readonly MemoryArchive[];
}

export interface MemoryArchive {
  readonly stepSeconds: number;
  readonly retentionSeconds: number;
  /** Time of the first value, a multiple of the step. */
  readonly startSeconds: number;
  readonly values: readonly number[];
}

export interface MemoryReader extends SeriesReader {
  /** Every fetch that was asked for, in order: what a test that counts fetches looks at. */
  readonly fetches: readonly FetchQuery[];
}

export function memoryReader(series: readonly MemorySeries[]): MemoryReader {
  const fetches: FetchQuery[] = [];
  return {
    fetches,
    generation: () => series.length,
    find: async (query) => findNodes(series, query),
    findTagged: async (query) => findTagged(series, query),
    tagWords: async (query) => tagWords(series, query),
    fetch: async (query) => {
      fetches.push(query);
      const found = query.series.flatMap(({ id }) => fetchOne(series[id]!, query));
      for (const { values } of found) query.admit?.(1, values.length);
      return found;
    },
  };
}

function findNodes(series: readonly MemorySeries[], query: FindQuery): FoundNode[] {
  const pattern = compilePattern(query.pattern);
  const found = new Map<string, FoundNode>();
  series.forEach(({ name }, id) => {
    if (name.includes(";")) {
      if (name === query.pattern) found.set(`leaf ${name}`, { path: name, id });
      return;
    }
    const nodes = name.split(".");
    for (let length = 1; length <= nodes.length; length++) {
      if (!matchNodes(pattern, nodes.slice(0, length))) continue;
      const path = nodes.slice(0, length).join(".");
      if (length === nodes.length) found.set(`leaf ${path}`, { path, id });
      else found.set(`branch ${path}`, { path });
    }
  });
  return [...found.values()].slice(0, query.limit);
}

function matchNodes(pattern: readonly NodeMatcher[], nodes: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return nodes.length === 0;
  if (first.kind === "deep") {
    for (let skip = 0; skip <= nodes.length; skip++) {
      if (matchNodes(rest, nodes.slice(skip))) return true;
    }
    return false;
  }
  const node = nodes[0];
  return node !== undefined && matchNode(first, node) && matchNodes(rest, nodes.slice(1));
}

function matchNode(matcher: Exclude<NodeMatcher, { kind: "deep" }>, node: string): boolean {
  if (matcher.kind === "any") return true;
  return matcher.kind === "literal" ? matcher.text === node : matcher.test(node);
}

function findTagged(series: readonly MemorySeries[], query: TagQuery): FoundSeries[] {
  const found: FoundSeries[] = [];
  series.forEach(({ name }, id) => {
    if (!name.includes(";")) return;
    const { metric, tags } = parseTaggedName(name);
    const tagValue = (key: string): string => (key === "name" ? metric : (tags.get(key) ?? ""));
    if (query.expressions.every((expression) => holds(expression, tagValue(expression.key)))) {
      found.push({ path: name, id });
    }
  });
  return found.slice(0, query.limit);
}

function tagWords(series: readonly MemorySeries[], { key, prefix, expressions }: TagWordsQuery): string[] {
  const words = new Set<string>();
  for (const { path } of findTagged(series, { expressions, limit: series.length })) {
    const { metric, tags } = parseTaggedName(path);
    for (const [tag, value] of [["name", metric] as const, ...tags]) {
      if (key === undefined) words.add(tag);
      else if (key === tag) words.add(value);
    }
  }
  return [...words].filter((word) => word.startsWith(prefix));
}

function holds({ operator, value }: TagExpression, actual: string): boolean {
  switch (operator) {
    case "=":
      return actual === value;
    case "!=":
      return actual !== value;
    case "=~":
      return new RegExp(`^(?:${value})`).test(actual);
    case "!=~":
      return !new RegExp(`^(?:${value})`).test(actual);
  }
}

/** A ring has whole points. */
export function keptSeconds({ retentionSeconds, stepSeconds }: MemoryArchive): number {
  return Math.max(1, Math.ceil(retentionSeconds / stepSeconds)) * stepSeconds;
}

function fetchOne(series: MemorySeries, query: FetchQuery): FetchedSeries[] {
  const { nowSeconds } = query;
  const longest = Math.max(...series.archives.map(keptSeconds));
  const oldest = nowSeconds - longest;
  if (query.fromSeconds > nowSeconds || query.untilSeconds < oldest) return [];
  const from = Math.max(query.fromSeconds, oldest);
  const until = Math.min(query.untilSeconds, nowSeconds);
  const archive = series.archives.find((one) => keptSeconds(one) >= nowSeconds - from)!;
  const step = archive.stepSeconds;
  const start = from - (from % step) + step;
  const end = Math.max(
    until - (until % step) + step,
    start + (from - (from % step) === until - (until % step) ? step : 0),
  );
  const values = new Float64Array(Math.max(0, (end - start) / step));
  for (let i = 0; i < values.length; i++) {
    values[i] = archive.values[(start - archive.startSeconds) / step + i] ?? Number.NaN;
  }
  return [{ path: series.name, startSeconds: start, endSeconds: end, stepSeconds: step, values }];
}
