/** Differences of a counter from value to value, wrapped or reset counters included (functions.py `_nonNegativeDelta`). */
export interface CounterBounds {
  /** Values beyond these are left out, and a counter that fell is taken to have wrapped at `max` to `min`. */
  readonly max: number | undefined;
  readonly min: number | undefined;
}

export function counterDeltas(values: Float64Array, { max, min }: CounterBounds): Float64Array {
  const deltas = new Float64Array(values.length).fill(Number.NaN);
  let before = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const outside = (max !== undefined && value > max) || (min !== undefined && value < min);
    if (!outside) {
      if (value >= before) deltas[i] = value - before;
      else if (value < before) deltas[i] = wrapped(value, before, { max, min });
    }
    before = outside ? Number.NaN : value;
  }
  return deltas;
}

function wrapped(value: number, before: number, { max, min }: CounterBounds): number {
  if (max !== undefined) return max + 1 + value - before - (min ?? 0);
  return min === undefined ? Number.NaN : value - min;
}
