/** Clocks that go wrong: the shapes in which TigerBeetle's and Jepsen's tests bend time. */

/** How far a wall clock is from the true time, in ms, at a true time in ms since the start. */
export type DriftShape = (trueMs: number) => number;

export const exact: DriftShape = () => 0;

export function linear(offsetMs: number, ppm: number): DriftShape {
  return (trueMs) => offsetMs + (trueMs * ppm) / 1e6;
}

/** Swings around zero. */
export function periodic(amplitudeMs: number, periodMs: number): DriftShape {
  return (trueMs) => amplitudeMs * Math.sin((2 * Math.PI * trueMs) / periodMs);
}

/** Right until it jumps. */
export function step(atMs: number, byMs: number, backAtMs = Number.POSITIVE_INFINITY): DriftShape {
  return (trueMs) => (trueMs >= atMs && trueMs < backAtMs ? byMs : 0);
}

export function sum(...shapes: readonly DriftShape[]): DriftShape {
  return (trueMs) => shapes.reduce((total, shape) => total + shape(trueMs), 0);
}
