/** A sentence with an age in it, which the browser lets grow: `silent for` 3 m 12 s, `heard` 2 s `ago`. */
export interface Since {
  readonly before: string;
  /** When it began, by the aggregator's clock; 0: there is no age to tell, only `before`. */
  readonly ms: number;
  readonly after: string;
}

export function since(before: string, ms: number | undefined, after = ""): Since {
  return ms === undefined ? { before, ms: 0, after: "" } : { before, ms, after };
}

/** Nothing to say. */
export const NO_TIME: Since = { before: "", ms: 0, after: "" };
