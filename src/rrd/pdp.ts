/** The step being gathered, per data source: what readings mean, and the rate of a step that ends. */
import { LockstepError } from "../core/errors.ts";
import { dataSourceParameter, pdpAt, pdpParameter } from "./addresses.ts";
import type { Fields } from "./fields.ts";
import type { RrdHeader } from "./header.ts";
import { counterDifference, parseReading } from "./reading.ts";
import { decodeRpn, type RpnNode } from "./rpn.ts";
import { evaluateRpn } from "./rpn-evaluate.ts";
import { LAST_READING_BYTES } from "./structs.ts";
import type { Span } from "./update.ts";

/** Undefined, NaN and `U` are unknown. Counters take whole numbers; bigints where 2^53 is not enough. */
export type Reading = number | bigint | string | undefined;

const UNKNOWN = "U";
const COUNTER_WRAP_32 = 2 ** 32 - 1; // sic: what rrdtool adds
const COUNTER_WRAP_64 = 2 ** 64 - 2 ** 32;

const FORMS: Readonly<Record<string, { readonly pattern: RegExp; readonly rule: string }>> = {
  COUNTER: { pattern: /^\d+$/, rule: "a whole number from 0" },
  DERIVE: { pattern: /^-?\d+$/, rule: "a whole number" },
};

/**
 * Readings as the texts that rrdtool would be given, one for each data source, `U` for the COMPUTE ones.
 *
 * @throws LockstepError `RRD_UPDATE`
 */
export function checkReadings({ dataSources, source }: RrdHeader, readings: readonly Reading[]): string[] {
  const refuse = (what: string) => new LockstepError("RRD_UPDATE", `cannot update ${source.name}: ${what}`);
  const wanted = dataSources.filter(({ type }) => type !== "COMPUTE").length;
  if (readings.length !== wanted) throw refuse(`it takes ${wanted} reading(s), and ${readings.length} are given`);
  let next = 0;
  return dataSources.map(({ name, type }) => {
    if (type === "COMPUTE") return UNKNOWN;
    const text = textOf(readings[next++]);
    if (text.startsWith(UNKNOWN)) return UNKNOWN;
    const form = FORMS[type];
    if (form !== undefined && !form.pattern.test(text)) throw refuse(`${text} is not ${form.rule}, as ${name} needs`);
    if (form === undefined && parseReading(text) === undefined) throw refuse(`${text} is no number, as ${name} needs`);
    return text;
  });
}

function textOf(reading: Reading): string {
  return reading === undefined || Number.isNaN(reading) ? UNKNOWN : String(reading);
}

export class Pdps {
  readonly #header: RrdHeader;
  readonly #fields: Fields;
  /** Of the COMPUTE data sources. */
  readonly #expressions: readonly (readonly RpnNode[] | undefined)[];

  constructor(header: RrdHeader, fields: Fields) {
    const names = header.dataSources.map(({ name }) => name);
    this.#header = header;
    this.#fields = fields;
    this.#expressions = header.dataSources.map(({ type }, i) =>
      type === "COMPUTE"
        ? decodeRpn(fields, dataSourceParameter(header, i, "expression"), i, names, header.source)
        : undefined,
    );
  }

  /** Rate × seconds since the last update, NaN where unknown; remembers the readings. */
  prepare(texts: readonly string[], intervalSeconds: number): Float64Array {
    return Float64Array.from(texts, (text, i) => {
      const fields = this.#fields;
      const lastAt = pdpAt(this.#header, i);
      const tooLong = this.#heartbeat(i) < intervalSeconds;
      const last = tooLong ? UNKNOWN : fields.text(lastAt, LAST_READING_BYTES);
      const amount = text === UNKNOWN || tooLong ? Number.NaN : this.#amount(i, text, last, intervalSeconds);
      fields.setText(lastAt, text, LAST_READING_BYTES);
      return this.#withinLimits(i, amount, text, intervalSeconds) ? amount : Number.NaN;
    });
  }

  #heartbeat(i: number): number {
    return Number(this.#fields.word(dataSourceParameter(this.#header, i, "heartbeat")));
  }

  #amount(i: number, text: string, last: string, intervalSeconds: number): number {
    const type = this.#header.dataSources[i]!.type;
    if (type === "GAUGE") return parseReading(text)! * intervalSeconds;
    if (type === "ABSOLUTE") return parseReading(text)!;
    if (last.startsWith(UNKNOWN)) return Number.NaN;
    if (type === "COUNTER") return unwrapped(counterDifference(text, last));
    if (type === "DERIVE") return counterDifference(text, last);
    const now = parseReading(text)!;
    const before = parseReading(last) ?? Number.NaN;
    const turnedBack = (now > 0 && before > now) || (now < 0 && now > before);
    return type === "DCOUNTER" && turnedBack ? Number.NaN : now - before;
  }

  /** A GAUGE's reading is its rate, to the last bit. */
  #withinLimits(i: number, amount: number, text: string, intervalSeconds: number): boolean {
    if (Number.isNaN(amount)) return false;
    const gauge = this.#header.dataSources[i]!.type === "GAUGE";
    const rate = gauge ? parseReading(text)! : amount / intervalSeconds;
    const min = this.#fields.double(dataSourceParameter(this.#header, i, "min"));
    const max = this.#fields.double(dataSourceParameter(this.#header, i, "max"));
    return !(rate > max || rate < min);
  }

  /** No step ends. */
  gather(gathered: Float64Array, intervalSeconds: number): void {
    const fields = this.#fields;
    gathered.forEach((value, i) => {
      const valueAt = pdpParameter(this.#header, i, "value");
      const unknownAt = pdpParameter(this.#header, i, "unknownSeconds");
      const before = fields.double(valueAt);
      if (!Number.isNaN(value)) fields.setDouble(valueAt, Number.isNaN(before) ? value : before + value);
      else fields.setWord(unknownAt, fields.word(unknownAt) + BigInt(Math.floor(intervalSeconds)));
    });
  }

  /** Steps end: the rate of each data source in them, NaN where unknown. */
  close(span: Span, gathered: Float64Array): Float64Array {
    const rates = new Float64Array(gathered.length);
    gathered.forEach((value, i) => {
      rates[i] = this.#rate(span, value, i);
      const expression = this.#expressions[i];
      if (expression !== undefined) rates[i] = evaluateRpn(expression, [...rates.subarray(0, i)], span.nowSeconds);
      this.#begin(span, value, i);
    });
    return rates;
  }

  #rate({ before, intervalSeconds, steps }: Span, value: number, i: number): number {
    const { stepSeconds } = this.#header;
    const valueAt = pdpParameter(this.#header, i, "value");
    const unknownSeconds = Number(this.#fields.word(pdpParameter(this.#header, i, "unknownSeconds")));
    let total = this.#fields.double(valueAt);
    let unknownBefore = 0;
    if (Number.isNaN(value)) unknownBefore = before;
    else total = (Number.isNaN(total) ? 0 : total) + (value / intervalSeconds) * before;
    if (intervalSeconds > this.#heartbeat(i) || stepSeconds / 2 < unknownSeconds) return Number.NaN;
    return total / (steps * stepSeconds - unknownSeconds - unknownBefore);
  }

  /** What of the update belongs to the step that begins. */
  #begin({ after, intervalSeconds }: Span, value: number, i: number): void {
    const unknown = Number.isNaN(value);
    this.#fields.setWord(pdpParameter(this.#header, i, "unknownSeconds"), unknown ? Math.floor(after) : 0);
    const begun = unknown ? Number.NaN : (value / intervalSeconds) * after;
    this.#fields.setDouble(pdpParameter(this.#header, i, "value"), begun);
  }
}

/** A counter that is less than before went around, at 32 bits or at 64. */
function unwrapped(difference: number): number {
  const once = difference < 0 ? difference + COUNTER_WRAP_32 : difference;
  return once < 0 ? once + COUNTER_WRAP_64 : once;
}
