/** The test language of test/scripts (its README has the grammar): parsing, and writing expectations back. */
import type { MemoryArchive, MemorySeries } from "./memory-reader.ts";

export interface Script {
  readonly series: readonly MemorySeries[];
  readonly cases: readonly ScriptCase[];
}

export interface ScriptCase {
  /** The line of `eval`, from 0. */
  readonly line: number;
  readonly target: string;
  /** Of the request, `target` among them. */
  readonly parameters: readonly (readonly [string, string])[];
  readonly expected: Expectation;
  readonly exceptions: readonly Exception[];
  /** The lines of the expectation, without exceptions: from the one after `eval` to, but without, this one. */
  readonly expectedUntil: number;
}

export type Expectation =
  | { readonly kind: "series"; readonly list: readonly ExpectedSeries[] }
  | { readonly kind: "fails"; readonly code: string; readonly text: string };

/** As JSON of `/render` has it. */
export interface ExpectedSeries {
  readonly target: string;
  readonly tags: { readonly name?: string; readonly [key: string]: string | undefined };
  readonly datapoints: readonly (readonly [number | null, number])[];
}

/** That graphite-web (this release, or all) answers otherwise. */
export interface Exception {
  readonly version: string | undefined;
  readonly reason: string;
}

const DAY = Date.UTC(2023, 10, 14) / 1000;
const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };

export function parseScript(text: string): Script {
  const archives = new Map<string, MemoryArchive[]>();
  const cases: ScriptCase[] = [];
  let now = parseTime("12:00");
  let range: readonly number[] = [];
  let extra: readonly (readonly [string, string])[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const [word, ...rest] = line.split(" ");
    if (line.trim() === "" || word === "#") continue;
    if (word === "now") now = parseTime(rest[0]!);
    else if (word === "range") range = rest.map(parseTime);
    else if (word === "with") extra = rest.map((pair) => pair.split("=") as [string, string]);
    else if (word === "load") addArchive(archives, line);
    else if (word === "eval") {
      const block = readBlock(lines, i + 1);
      const [from, until] = range;
      const parameters = Object.entries({ target: rest.join(" "), from, until, now, format: "json" });
      cases.push({
        line: i,
        target: rest.join(" "),
        parameters: [...parameters.map(([key, value]): [string, string] => [key, String(value)]), ...extra],
        ...block,
      });
      i = block.next - 1;
    } else throw new Error(`line ${i + 1} of the script can't be read: ${line}`);
  }
  return { series: [...archives].map(([name, list]) => ({ name, archives: list })), cases };
}

type Block = Pick<ScriptCase, "expected" | "exceptions" | "expectedUntil"> & { readonly next: number };

/** The indented lines behind `eval`. */
function readBlock(lines: readonly string[], start: number): Block {
  let next = start;
  while (lines[next]?.startsWith("  ")) next++;
  const block = lines.slice(start, next).map((line) => line.trim());
  const firstException = block.findIndex((line) => line.startsWith("but graphite-web"));
  const expectedUntil = firstException < 0 ? next : start + firstException;
  const exceptions = block.slice(expectedUntil - start).map(parseException);
  return { expected: parseExpectation(block.slice(0, expectedUntil - start)), exceptions, expectedUntil, next };
}

function parseException(line: string): Exception {
  const [, version, reason] = /^but graphite-web(?: ([\d.]+))?: (.+)$/.exec(line) ?? [];
  if (reason === undefined) throw new Error(`an exception needs a reason: ${line}`);
  return { version, reason };
}

function parseExpectation(lines: readonly string[]): Expectation {
  const failure = /^fails (\S+) ?(.*)$/.exec(lines[0] ?? "");
  if (failure !== null) return { kind: "fails", code: failure[1]!, text: failure[2]! };
  const list: ExpectedSeries[] = [];
  for (const line of lines) {
    if (line === "nothing") continue;
    if (line.startsWith("tags ")) list.push({ ...list.pop()!, tags: parseTags(line) });
    else list.push(parseSeries(line));
  }
  return { kind: "series", list };
}

function parseTags(line: string): ExpectedSeries["tags"] {
  const tags: { name?: string; [key: string]: string | undefined } = {};
  for (const [, key, value] of line.matchAll(/([^\s"=]+)=("(?:[^"\\]|\\.)*")/g))
    tags[key!] = JSON.parse(value!) as string;
  return tags;
}

/** As it is, or in quotes where blanks or nothing would not show. */
function parseName(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

function formatName(name: string): string {
  return /^$|^["\s]|\s$/.test(name) ? JSON.stringify(name) : name;
}

function parseSeries(line: string): ExpectedSeries {
  const match = /^(.*?)(?: every (\S+))? at (\S+):(.*)$/s.exec(line);
  const target = parseName(match === null ? line.replace(/:\s*$/, "") : match[1]!);
  const step = match?.[2] === undefined ? 0 : parseSpan(match[2]);
  const start = match === null ? 0 : parseTime(match[3]!);
  const values = match === null ? [] : parseValues(match[4]!);
  return {
    target,
    tags: { name: target },
    datapoints: values.map((value, i) => [Number.isNaN(value) ? null : value, start + i * step]),
  };
}

function addArchive(archives: Map<string, MemoryArchive[]>, line: string): void {
  const match = /^load (\S+) every (\S+) at (\S+?)(?: keeping (\S+))?:(?: (.*))?$/.exec(line);
  if (match === null) throw new Error(`can't read: ${line}`);
  const [, name, step, start, keeping = "2d", values] = match as unknown as [
    string,
    string,
    string,
    string,
    string?,
    string?,
  ];
  const list = archives.get(name) ?? [];
  archives.set(name, list);
  list.push({
    stepSeconds: parseSpan(step),
    startSeconds: parseTime(start),
    retentionSeconds: parseSpan(keeping),
    values: parseValues(values!),
  });
}

function parseTime(text: string): number {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock !== null) return DAY + Number(clock[1]) * 3_600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  const seconds = Date.parse(`${text}Z`) / 1000;
  if (Number.isNaN(seconds)) throw new Error(`"${text}" is no time`);
  return seconds;
}

function parseSpan(text: string): number {
  const match = /^(\d+)(s|min|h|d)$/.exec(text);
  if (match === null) throw new Error(`"${text}" is no span of time`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

function parseValues(text: string): number[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .flatMap((word) => {
      const ramp = /^(-?\d+)\.\.(-?\d+)$/.exec(word);
      if (ramp !== null) {
        const [low, high] = [Number(ramp[1]), Number(ramp[2])];
        return Array.from({ length: high - low + 1 }, (_, i) => low + i);
      }
      const [value, times = "1"] = word.split("x") as [string, string?];
      return Array.from({ length: Number(times) }, () => parseValue(value));
    });
}

function parseValue(text: string): number {
  if (text === "_") return Number.NaN;
  if (text === "inf") return Number.POSITIVE_INFINITY;
  const value = Number(text);
  if (text === "" || Number.isNaN(value)) throw new Error(`"${text}" is no value`);
  return value;
}

// ---- writing

/** The lines of an expectation, as `parseScript` reads them. */
export function formatExpectation(list: readonly ExpectedSeries[]): string[] {
  return list.length === 0 ? ["  nothing"] : list.flatMap(formatSeries);
}

function formatSeries({ target, tags, datapoints }: ExpectedSeries): string[] {
  const [first, second] = datapoints;
  const every = first === undefined || second === undefined ? "" : ` every ${formatSpan(second[1] - first[1])}`;
  const at = first === undefined ? "" : ` at ${formatTime(first[1])}`;
  const line = `  ${formatName(target)}${every}${at}: ${formatValues(datapoints.map(([value]) => value))}`.trimEnd();
  const onlyName = Object.keys(tags).length === 1 && tags.name === target;
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return onlyName ? [line] : [line, `    tags ${pairs.join(" ")}`];
}

function formatValues(values: readonly (number | null)[]): string {
  const words: string[] = [];
  for (let i = 0; i < values.length; ) {
    let times = 1;
    while (i + times < values.length && values[i + times] === values[i]) times++;
    const value = values[i]!;
    const word = value === null ? "_" : value === Number.POSITIVE_INFINITY ? "inf" : String(value);
    words.push(...(times > 3 ? [`${word}x${times}`] : Array.from({ length: times }, () => word)));
    i += times;
  }
  return words.join(" ");
}

function formatSpan(seconds: number): string {
  const unit = ["d", "h", "min"].find((name) => seconds % UNITS[name]! === 0) ?? "s";
  return `${seconds / UNITS[unit]!}${unit}`;
}

function formatTime(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString().slice(0, 19).replace(/:00$/, "");
  return seconds >= DAY && seconds < DAY + 86_400 ? iso.slice(11) : iso;
}
