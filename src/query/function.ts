/**
 * What a Graphite function is: one file in functions/, one declaration. The parameters stand in it once and serve the
 * check of the arguments, the list that Grafana's editor reads (`/functions`), and docs/functions.md.
 */
import type { LockstepError } from "../core/errors.ts";
import type { Random } from "../core/world.ts";
import type { Parameter } from "./parameters.ts";
import type { SeriesList, TimeSeries } from "./series.ts";
import type { TimeZone } from "./time-zone.ts";

export type Group =
  | "Alias"
  | "Calculate"
  | "Combine"
  | "Filter Data"
  | "Filter Series"
  | "Graph"
  | "Sorting"
  | "Special"
  | "Transform";

export interface GraphiteFunction {
  readonly name: string;
  /** Shorter spellings: `sum` for sumSeries. */
  readonly aliases: readonly string[];
  readonly group: Group;
  /** In sentences, for people; an example in a line of its own. */
  readonly description: string;
  /** By name, in the order in which they are given. Only the last may be given more than once. */
  readonly parameters: ReadonlyMap<string, Parameter<unknown>>;
  /** Whether it makes one series of many, and so may be the callback of groupByNode. */
  readonly aggregator: boolean;
  /** The values are those that the parameters read. */
  evaluate(values: Readonly<Record<string, unknown>>, call: Call): Result | Promise<Result>;
}

/** Series; or lists of series, which only mapSeries makes and reduceSeries takes. */
export type Result = SeriesList | readonly SeriesList[];

/** What a function may ask of the query that it is evaluated in. */
export interface Call {
  /** The range and what else belongs to this part of the query. */
  readonly scope: Scope;
  readonly nowSeconds: number;
  readonly timeZone: TimeZone;
  readonly random: Pick<Random, "next">;
  /** Evaluates the first argument once more, over another range. */
  again(range: Partial<TimeRange>): Promise<SeriesList>;
  /** Evaluates a target that the function has made. */
  evaluateTarget(target: string): Promise<SeriesList>;
  /** One series of several, by an aggregation or a combining function: the callback of groupByNode. */
  combine(callback: string, list: SeriesList): Promise<TimeSeries>;
  /** What another function makes of lists of series. */
  apply(name: string, lists: readonly SeriesList[]): Promise<SeriesList>;
  /** The series that satisfy tag expressions; the call as it was written is their path expression. */
  fetchTagged(expressions: readonly string[]): Promise<SeriesList>;
  /** A refusal that shows the call. `rule` follows the function's name. */
  error(rule: string): LockstepError;
  /** An array of nulls. @throws LockstepError `QUERY_POINTS_LIMIT` when there are more than the query may still make. */
  allocate(points: number): Float64Array;
}

export interface TimeRange {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

export interface Scope extends TimeRange {
  /**
   * The default for whatever takes an xFilesFactor. `setXFilesFactor` changes it for all that is evaluated later in this
   * scope, as graphite-web does.
   */
  xFilesFactor: number;
  /** The totals so far of each stack, by the name that `stacked` gives it. */
  stacks?: Map<string, number[]>;
}

type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What a function receives: the type of each parameter. */
type ValuesOf<P extends Parameters> = { readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never };

interface Declaration<P extends Parameters> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly group: Group;
  readonly description: string;
  readonly aggregator?: boolean;
  readonly parameters: P;
  evaluate(values: ValuesOf<P>, call: Call): Result | Promise<Result>;
}

export function graphiteFunction<P extends Parameters>(declaration: Declaration<P>): GraphiteFunction {
  return {
    aliases: [],
    aggregator: false,
    ...declaration,
    parameters: new Map(Object.entries(declaration.parameters)),
    // The evaluator reads every value by its parameter, so they are of these types.
    evaluate: (values, call) => declaration.evaluate(values as ValuesOf<P>, call),
  };
}
