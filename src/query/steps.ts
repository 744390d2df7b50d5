/** Values computed from time alone, for the functions that make series out of nothing. */
import type { Call } from "./function.ts";

/** A value for each step from the beginning of the range up to, but without, its end. */
export function timeSteps(call: Call, stepSeconds: number, valueAt: (seconds: number) => number): Float64Array {
  if (stepSeconds <= 0) throw call.error(`needs a step of at least 1 second, and is given ${stepSeconds}`);
  const { fromSeconds, untilSeconds } = call.scope;
  const values = call.allocate(Math.max(0, Math.ceil((untilSeconds - fromSeconds) / stepSeconds)));
  for (let i = 0; i < values.length; i++) values[i] = valueAt(fromSeconds + i * stepSeconds);
  return values;
}
