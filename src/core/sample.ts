/** One value of one series at one time, as it goes over the wire. */
export interface Sample {
  /** Full dotted name. */
  readonly name: string;
  readonly value: number;
  /** Whole seconds since 1970 UTC. */
  readonly seconds: number;
}
