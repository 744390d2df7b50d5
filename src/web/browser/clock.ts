/**
 * The aggregator's clock as this page knows it: what it said last, and what has passed here since. The clock of this
 * machine may be wrong, and is not asked what time it is.
 */
let saidMs = 0;
let heardAtMs = 0;

export function setClock(nowMs: number): void {
  saidMs = nowMs;
  heardAtMs = performance.now();
}

export function nowMs(): number {
  return saidMs + (performance.now() - heardAtMs);
}
