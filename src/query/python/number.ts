/**
 * Numbers as Python prints and rounds them. Names of series, tags and the text formats of graphite-web are made with
 * these (`scale(x,1e-07)`, `constantLine(1)` is named `1.0`), so they are part of the contract.
 */

/** An int or a float: Python keeps them apart, and so do its texts (`5`, `5.0`). */
export interface PythonNumber {
  readonly value: number;
  readonly integer: boolean;
}

/** `a % b`: never negative for a positive b. */
export function modulo(a: number, b: number): number {
  return a - Math.floor(a / b) * b;
}

/** `str()` of a number. */
export function numberText(number: PythonNumber): string {
  return number.integer ? formatInteger(number.value) : reprFloat(number.value);
}

/**
 * `repr(float)`: the shortest digits that read back as the same double, with `.0` where they look like an integer, and
 * an exponent of at least two digits from 1e16 up and below 1e-4.
 */
export function reprFloat(value: number): string {
  const size = Math.abs(value);
  if (size < 1e16 && (size >= 1e-4 || value === 0)) {
    if (!Number.isInteger(value)) return String(value);
    return Object.is(value, -0) ? "-0.0" : `${value}.0`;
  }
  return notFinite(value) ?? pythonExponent(value.toExponential());
}

/** `%g`: six significant digits, trailing zeros dropped. */
export function formatGeneral(value: number): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const rounded = significantDigits(value, 6);
  const [mantissa, exponent] = rounded.split("e") as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= 6) return pythonExponent(`${withoutTrailingZeros(mantissa)}e${exponent}`);
  return withoutTrailingZeros(Number(rounded).toFixed(Math.max(0, 5 - power)));
}

/** `%d`: the integer part, all its digits. */
export function formatInteger(value: number): string {
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? String(whole + 0) : BigInt(whole).toString();
}

/** `%.<digits>f`. */
export function formatFixed(value: number, digits: number): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${digits > 0 ? `.${"0".repeat(digits)}` : ""}`;
  if (Object.is(value, -0)) return `-${(0).toFixed(digits)}`;
  return isTie(value, digits) ? roundTie(value, digits) : value.toFixed(digits);
}

/** Ten to these powers is exact in a double. */
const MAX_EXACT_POWER = 22;

/**
 * `round(float, digits)`: correct rounding of the double's exact value; a tie goes to the even digit (2.5 → 2.0,
 * 1/128 → 0.007812).
 */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits < 0) return roundToPower(value, -digits);
  // Fast path (bench: perSecond): away from ties, scaling, rounding and dividing by an exact power of ten is exact.
  if (digits <= MAX_EXACT_POWER) {
    const power = 10 ** digits;
    const scaled = value * power;
    const whole = Math.round(scaled);
    if (Math.abs(scaled) < 2 ** 40 && Math.abs(Math.abs(scaled - whole) - 0.5) > 1e-3) {
      return whole === 0 ? 0 * value : whole / power;
    }
  }
  // A double this large, or this coarse, has no digit there to round.
  if (Math.abs(value) >= 2 ** 52 || digits > 100) return value;
  return Number(formatFixed(value, digits));
}

/** round(1250, -2) → 1200: to a multiple of 10**power, ties to even. */
function roundToPower(value: number, power: number): number {
  if (power > 308) return 0 * value;
  const unit = 10n ** BigInt(power);
  const whole = BigInt(Math.trunc(Math.abs(value)));
  const quotient = whole / unit;
  const rest = (whole % unit) * 2n;
  const fraction = Math.abs(value) % 1 > 0;
  const up = rest > unit || (rest === unit && (fraction || quotient % 2n === 1n));
  return Math.sign(value) * Number((quotient + (up ? 1n : 0n)) * unit);
}

/**
 * Whether the exact value lies in the middle between two decimals of so many digits. Such a value is an odd multiple of
 * 1/2^(digits+1): in (2m+1)/(2·10^digits) all but one of the twos must be left over when the fives cancel.
 */
function isTie(value: number, digits: number): boolean {
  const doubled = value * 2 ** (digits + 1);
  return Number.isSafeInteger(doubled) && doubled % 2 !== 0;
}

/** `value` is odd/2^(digits+1); so value·10^digits is odd·5^digits/2, and the even neighbour of that half is taken. */
function roundTie(value: number, digits: number): string {
  const odd = BigInt(Math.abs(value) * 2 ** (digits + 1));
  const below = (odd * 5n ** BigInt(digits)) / 2n;
  const even = below % 2n === 0n ? below : below + 1n;
  const text = even.toString().padStart(digits + 1, "0");
  const sign = value < 0 ? "-" : "";
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** `1.23457e+6`: correctly rounded to so many digits; JavaScript rounds a tie away from zero, C to the even digit. */
function significantDigits(value: number, digits: number): string {
  const rounded = value.toExponential(digits - 1);
  const exact = value.toExponential(digits + 30);
  const beyond = exact.slice(exact.indexOf(".") + digits, exact.indexOf("e"));
  if (!/^50+$/.test(beyond)) return rounded;
  const lastDigit = Number(rounded.slice(0, rounded.indexOf("e")).at(-1));
  if (lastDigit % 2 === 0) return rounded;
  const cut = exact.slice(0, exact.indexOf(".") + digits);
  return `${cut}${exact.slice(exact.indexOf("e"))}`;
}

function withoutTrailingZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** JavaScript's `1e-7` → Python's `1e-07`. */
function pythonExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function notFinite(value: number): string | undefined {
  if (Number.isNaN(value)) return "nan";
  if (value === Number.POSITIVE_INFINITY) return "inf";
  return value === Number.NEGATIVE_INFINITY ? "-inf" : undefined;
}
