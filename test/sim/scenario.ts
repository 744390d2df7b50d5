/** A scenario is a function of a seed that throws when something is not as it should be. */
export interface Scenario {
  readonly name: string;
  run(seed: number): Promise<string>;
}
