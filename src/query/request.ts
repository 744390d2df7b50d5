/** The parameters of an HTTP request, from its URL and its form, and the answer to it: plain data, no HTTP yet. */
import { LockstepError } from "../core/errors.ts";
import type { TimeLimit } from "../core/series-store.ts";
import type { Evaluation } from "./environment.ts";
import { dumpJson, type Json } from "./python/json.ts";
import { parseTime } from "./time-grammar.ts";
import { type TimeZone, timeZone } from "./time-zone.ts";

/** Names may repeat; where one value is wanted, the last counts. */
export class RequestParameters {
  readonly #values = new Map<string, string[]>();

  constructor(pairs: Iterable<readonly [string, string]>) {
    for (const [name, value] of pairs) {
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Under the name itself, or as PHP and jQuery write repeated parameters: `name[]`. */
  list(name: string): readonly string[] {
    const values = this.all(name);
    return values.length > 0 ? values : this.all(`${name}[]`);
  }

  entries(): Iterable<readonly [string, readonly string[]]> {
    return this.#values;
  }

  /** @throws LockstepError `QUERY_PARAMETER`. */
  integer(name: string, byDefault: number): number {
    const text = this.get(name);
    if (text === undefined) return byDefault;
    if (!/^\s*[+-]?\d+\s*$/.test(text)) throw parameterError(name, text, "a whole number");
    return Number(text);
  }
}

export function parameterError(name: string, text: string, expected: string, cause?: unknown): LockstepError {
  return new LockstepError(
    "QUERY_PARAMETER",
    `the parameter ${name} is "${text}", but ${expected} is expected`,
    cause === undefined ? undefined : { cause },
  );
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/**
 * JSON, pretty if the request says so, wrapped in a call if it names one.
 * @throws LockstepError `QUERY_PARAMETER` for a callback that is more than a name: it would run in a page.
 */
export function jsonAnswer(parameters: RequestParameters, body: string | Uint8Array): Answer {
  const callback = parameters.get("jsonp");
  if (callback === undefined || callback === "") return { status: 200, contentType: "application/json", body };
  if (!/^[\w$.]+$/.test(callback)) throw parameterError("jsonp", callback, "the name of a function");
  const call = [`${callback}(`, body, ")"].map((part) => Buffer.from(part));
  return { status: 200, contentType: "text/javascript", body: Buffer.concat(call) };
}

export function jsonValueAnswer(parameters: RequestParameters, value: Json, sortKeys = false): Answer {
  const pretty = isPretty(parameters);
  return jsonAnswer(parameters, dumpJson(value, { pretty, sortKeys: sortKeys && pretty }));
}

export function isPretty(parameters: RequestParameters): boolean {
  return (parameters.get("pretty") ?? "") !== "";
}

export interface RequestTime {
  readonly nowSeconds: number;
  readonly timeZone: TimeZone;
}

/** `now` and `tz`. A zone that is unknown is passed over, as graphite-web does. */
export function readRequestTime(environment: Evaluation, parameters: RequestParameters): RequestTime {
  const zone = timeZone(parameters.get("tz") ?? environment.timeZone.name) ?? environment.timeZone;
  const context = { nowSeconds: Math.floor(environment.clock.wallMs() / 1000), timeZone: zone };
  const now = parameters.get("now");
  return now === undefined ? context : { ...context, nowSeconds: parseTime(now, context) };
}

/** `from` and `until` of a search: what lived at no time in between is left out. −1 is open, as if it were not given. */
export function readTimeLimit(environment: Evaluation, parameters: RequestParameters): TimeLimit {
  const time = readRequestTime(environment, parameters);
  const read = (name: string): number | undefined => {
    const text = parameters.get(name);
    return text === undefined || text === "-1" ? undefined : parseTime(text, time);
  };
  return { fromSeconds: read("from"), untilSeconds: read("until") };
}
