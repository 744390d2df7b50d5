/** Arithmetic that Python refuses where JavaScript gives an infinity: such results are null (safe.py). */

/** NaN for a result that came out infinite, of an argument that was not. */
export function finite(result: number): number {
  return Number.isFinite(result) ? result : Number.NaN;
}

/** `math.pow`; NaN where Python raises: 0 to a negative power, a negative number to a fraction, more than a double holds. */
export function power(base: number, exponent: number): number {
  if (Number.isNaN(base) || (base === 0 && exponent < 0)) return Number.NaN;
  const result = base ** exponent;
  return Number.isFinite(base) && Number.isFinite(exponent) ? finite(result) : result;
}
