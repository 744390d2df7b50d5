/** Python's `"…%d…" % number`: one number put into a text. */
import { LockstepError } from "../../core/errors.ts";
import { formatFixed, formatGeneral, formatInteger, numberText, type PythonNumber } from "./number.ts";

const PLACE = /%(?:%|([-+ 0]*)(\d*)(?:\.(\d+))?([a-zA-Z]))/g;

/** @throws LockstepError `QUERY_ARGUMENT` for a template that has not exactly one place, or one of another kind. */
export function formatPercent(template: string, number: PythonNumber): string {
  let places = 0;
  const text = template.replace(PLACE, (place, flags: string, width: string, precision: string | undefined, kind) => {
    if (place === "%%") return "%";
    places++;
    return padded(converted(template, number, kind, precision), flags, Number(width));
  });
  if (places !== 1) throw formatError(template, `it has ${places} places for a value instead of one`);
  return text;
}

function converted(template: string, number: PythonNumber, kind: string, precision: string | undefined): string {
  switch (kind) {
    case "d":
    case "i":
    case "u":
      if (!Number.isFinite(number.value)) throw formatError(template, `${number.value} is no integer`);
      return formatInteger(number.value);
    case "f":
    case "F":
      return formatFixed(number.value, Number(precision ?? 6));
    case "g":
      if (precision === undefined) return formatGeneral(number.value);
      throw formatError(template, "%g with a precision is not supported");
    case "s":
    case "r":
      return precision === undefined ? numberText(number) : numberText(number).slice(0, Number(precision));
    default:
      throw formatError(template, `%${kind} is not supported; right would be %d, %f, %g or %s`);
  }
}

function padded(text: string, flags: string, width: number): string {
  const sign = text.startsWith("-") ? "" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const signed = sign + text;
  if (flags.includes("-")) return signed.padEnd(width);
  if (!flags.includes("0")) return signed.padStart(width);
  const head = /^[-+ ]?/.exec(signed)![0];
  return head + signed.slice(head.length).padStart(width - head.length, "0");
}

function formatError(template: string, rule: string): LockstepError {
  return new LockstepError("QUERY_ARGUMENT", `cannot put a number into "${template}": ${rule}`);
}
