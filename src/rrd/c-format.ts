/**
 * Numbers as C's `printf("%0.10e")` writes them, which is how rrdtool shows values; for a dump it has a printf of its own.
 */

const FRACTION_DIGITS = 10;
/** Far more digits than a double that only looks like a tie needs to show that it is none. */
const DIGITS_THAT_DECIDE = 60;

/** `1.2345678902e+10`; infinities as `inf`. What is not a number has a sign in C, which a number here has not: see `formatDouble`. */
export function formatExponential(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + withTwoDigits(roundedToEven(Math.abs(value)));
}

/** As `rrdtool dump` (rrd_snprintf.c): a tie is rounded up, a zero has no sign. NaN where unknown. */
export function formatDumped(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return withTwoDigits(value.toExponential(FRACTION_DIGITS));
}

/** An exponent has two digits at least. */
function withTwoDigits(text: string): string {
  const [digits, exponent] = text.split("e");
  return `${digits}e${exponent![0]}${exponent!.slice(1).padStart(2, "0")}`;
}

/** Eight bytes as a double, with the sign of its NaN: `nan` or `-nan`. */
export function formatDouble(view: DataView, at: number, littleEndian: boolean): string {
  const value = view.getFloat64(at, littleEndian);
  if (!Number.isNaN(value)) return formatExponential(value);
  return view.getUint8(littleEndian ? at + 7 : at) >= 0x80 ? "-nan" : "nan";
}

/** As rrdtool writes the NaN that it makes itself, on x86. */
export const UNKNOWN_TEXT = "-nan";

/** `toExponential` rounds a tie up, C to the even digit: 12345678902.5 is …02, not …03. */
function roundedToEven(value: number): string {
  const rounded = value.toExponential(FRACTION_DIGITS);
  const finer = value.toExponential(FRACTION_DIGITS + 1);
  if (finer.charAt(FRACTION_DIGITS + 2) !== "5") return rounded; // the fast path: no tie
  const exact = value.toExponential(DIGITS_THAT_DECIDE);
  const point = FRACTION_DIGITS + 2;
  const rest = exact.slice(point, exact.indexOf("e"));
  const lastDigit = Number(exact.charAt(point - 1));
  return /^50*$/.test(rest) && lastDigit % 2 === 0
    ? `${exact.slice(0, point)}${exact.slice(exact.indexOf("e"))}`
    : rounded;
}
