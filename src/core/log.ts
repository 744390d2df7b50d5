/**
 * One line per event, `time level room message key=value …`, for people and for grep.
 *
 * Bad input can arrive a million times a second, so a repeated warning goes through `limited`: the first is written at
 * once, the rest are counted and told of once per interval.
 */
import type { Clock } from "./world.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** At most one line per key and interval (60 s); the next one says how many were left out. */
  limited(level: LogLevel, key: string, message: string, fields?: LogFields): void;
  /** The same log under a longer room name: `receivers` → `receivers.line`. */
  child(name: string): Log;
}

export interface LogOptions {
  readonly clock: Clock;
  readonly level: LogLevel;
  /** Receives a line without its newline. */
  readonly write: (line: string) => void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const LIMIT_INTERVAL_MS = 60_000;
const LIMIT_KEYS = 1_000;

export function createLog(options: LogOptions, name = ""): Log {
  return new LineLog(options, name, new Map());
}

/** A log that says nothing, for tests and one-shot commands. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  limited: () => undefined,
  child: () => silentLog,
};

interface Suppressed {
  sinceMs: number;
  count: number;
}

class LineLog implements Log {
  readonly #options: LogOptions;
  readonly #name: string;
  /** Shared by all children, so that its bound holds for the process. */
  readonly #suppressed: Map<string, Suppressed>;

  constructor(options: LogOptions, name: string, suppressed: Map<string, Suppressed>) {
    this.#options = options;
    this.#name = name;
    this.#suppressed = suppressed;
  }

  debug(message: string, fields?: LogFields): void {
    this.#line("debug", message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.#line("info", message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.#line("warn", message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.#line("error", message, fields);
  }

  limited(level: LogLevel, key: string, message: string, fields?: LogFields): void {
    const nowMs = this.#options.clock.monotonicMs();
    const fullKey = `${this.#name}\n${key}`;
    const entry = this.#suppressed.get(fullKey);
    if (entry !== undefined && nowMs - entry.sinceMs < LIMIT_INTERVAL_MS) {
      entry.count++;
      return;
    }
    if (entry === undefined && this.#suppressed.size >= LIMIT_KEYS) this.#suppressed.clear();
    this.#suppressed.set(fullKey, { sinceMs: nowMs, count: 0 });
    const left = entry?.count ?? 0;
    this.#line(level, message, left === 0 ? fields : { ...fields, left_out: left });
  }

  child(name: string): Log {
    return new LineLog(this.#options, this.#name === "" ? name : `${this.#name}.${name}`, this.#suppressed);
  }

  #line(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (RANK[level] < RANK[this.#options.level]) return;
    const time = new Date(this.#options.clock.wallMs()).toISOString();
    this.#options.write(`${time} ${level.padEnd(5)} ${this.#name} ${oneLine(message)}${formatFields(fields)}`);
  }
}

function formatFields(fields: LogFields | undefined): string {
  if (fields === undefined) return "";
  let text = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) text += ` ${key}=${formatValue(value)}`;
  }
  return text;
}

function formatValue(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return /^[\w.:/@%+-]+$/.test(value) ? value : JSON.stringify(value);
}

/** Text from outside must not be able to forge a second line, nor to move the terminal's cursor. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => JSON.stringify(c).slice(1, -1));
}
