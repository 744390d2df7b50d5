/**
 * Targets → series. Arguments are evaluated in order and one after the other, as in graphite-web: setXFilesFactor
 * changes what comes after it.
 */
import { assert, LockstepError } from "../core/errors.ts";
import { findAggregation } from "./aggregation.ts";
import { type Argument, argumentError, bindArguments } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { combineSeries } from "./combine.ts";
import type { Evaluation } from "./environment.ts";
import { type CallExpression, drawPlace, type Expression, type TemplateExpression } from "./expression.ts";
import { FetchCache } from "./fetch.ts";
import type { Call, GraphiteFunction, Result, Scope, TimeRange } from "./function.ts";
import { limitError } from "./limits.ts";
import { isResult, type Value } from "./parameters.ts";
import { parseTarget } from "./parser.ts";
import { numberText, type PythonNumber } from "./python/number.ts";
import { findFunction } from "./registry.ts";
import type { SeriesList, TimeSeries } from "./series.ts";
import type { SeriesSource } from "./series-source.ts";
import type { TimeZone } from "./time-zone.ts";

export interface QueryRequest extends TimeRange {
  readonly targets: readonly string[];
  readonly nowSeconds: number;
  readonly timeZone: TimeZone;
  readonly xFilesFactor: number;
  /** Values for `$name` in templates, before those of the template itself. */
  readonly templateValues: ReadonlyMap<string, string>;
}

/** What a request is evaluated with. */
export interface Resources {
  readonly source: SeriesSource;
  readonly budget: Budget;
}

/** The series of all targets, in their order. @throws LockstepError `QUERY_…` when the request is wrong or too much. */
export async function evaluateTargets(
  environment: Evaluation,
  request: QueryRequest,
  resources: Resources,
): Promise<TimeSeries[]> {
  const { limits } = environment;
  const targets = request.targets.filter((target) => target.trim() !== "");
  if (targets.length > limits.targetsPerQuery) {
    throw limitError("QUERY_TARGET_LIMIT", `there are more targets (${targets.length})`, limits, "targetsPerQuery");
  }
  const evaluator = new Evaluator(environment, request, resources);
  const { fromSeconds, untilSeconds, xFilesFactor } = request;
  const scope: Scope = { fromSeconds, untilSeconds, xFilesFactor };
  const found: TimeSeries[] = [];
  for (const target of targets) {
    for (const series of await evaluator.evaluateTarget(target, scope)) found.push(series);
  }
  await evaluator.settled(); // whoever lent the columns may take them back now
  return found;
}

type TemplateValues = ReadonlyMap<string, PythonNumber | string>;
const NO_VALUES: TemplateValues = new Map();

class Evaluator {
  readonly #environment: Evaluation;
  readonly #request: QueryRequest;
  readonly #budget: Budget;
  readonly #cache: FetchCache;

  constructor(environment: Evaluation, request: QueryRequest, { source, budget }: Resources) {
    this.#environment = environment;
    this.#request = request;
    this.#budget = budget;
    this.#cache = new FetchCache(source);
  }

  settled(): Promise<void> {
    return this.#cache.settled();
  }

  async evaluateTarget(target: string, scope: Scope): Promise<SeriesList> {
    const expression = parseTarget(target, this.#environment.limits);
    return this.#seriesOf(expression, scope, NO_VALUES);
  }

  async #seriesOf(expression: Expression, scope: Scope, values: TemplateValues): Promise<SeriesList> {
    const value = await this.#evaluate(expression, scope, values);
    if (isSeriesList(value)) return value;
    const what = isResult(value) ? "lists of series, which only reduceSeries takes" : "no series";
    throw new LockstepError("QUERY_ARGUMENT", `the target gives ${what}\n${drawPlace(expression.place)}`);
  }

  async #evaluate(expression: Expression, scope: Scope, values: TemplateValues): Promise<Value> {
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "path":
        return this.#evaluatePath(expression.path, scope, values);
      case "template":
        return this.#evaluate(expression.body, scope, this.#valuesFor(expression));
      case "call":
        return this.#evaluateCall(expression, scope, values);
    }
  }

  #valuesFor(template: TemplateExpression): TemplateValues {
    return new Map([...template.values, ...this.#request.templateValues]);
  }

  /** An argument that is nothing but `$name` stands for the value itself; elsewhere its text is put into the path. */
  async #evaluatePath(path: string, scope: Scope, values: TemplateValues): Promise<Value> {
    let filled = path;
    for (const [name, value] of values) {
      if (filled === `$${name}`) return typeof value === "string" ? numberOrText(value) : value;
      filled = filled.replaceAll(`$${name}`, () => (typeof value === "string" ? value : numberText(value)));
    }
    await this.#budget.pause();
    return this.#counted(await this.#cache.byPath(filled, scope, scope.xFilesFactor));
  }

  async #evaluateCall(expression: CallExpression, scope: Scope, values: TemplateValues): Promise<Value> {
    const called = findFunction(expression.name);
    if (called === undefined) {
      throw new LockstepError(
        "QUERY_FUNCTION",
        `there is no function "${expression.name}"\n${drawPlace(expression.place)}`,
      );
    }
    const given: Argument[] = [];
    for (const argument of expression.arguments) {
      given.push({ value: await this.#evaluate(argument, scope, values), place: argument.place });
    }
    for (const { name, value } of expression.keywords) {
      given.push({ name, value: await this.#evaluate(value, scope, values), place: value.place });
    }
    await this.#budget.pause();
    return this.#apply(called, expression, given, scope, values);
  }

  async #apply(
    called: GraphiteFunction,
    expression: CallExpression,
    given: readonly Argument[],
    scope: Scope,
    values: TemplateValues,
  ): Promise<Result> {
    const read = bindArguments(called, expression, given);
    const call: Call = {
      scope,
      nowSeconds: this.#request.nowSeconds,
      timeZone: this.#request.timeZone,
      again: (range) => this.#again(called, expression, { ...scope, ...range }, values),
      evaluateTarget: (target) => this.evaluateTarget(target, { ...scope }),
      random: this.#environment.random,
      apply: (name, lists) => this.#applyNamed(name, lists, expression, scope),
      combine: (callback, list) => this.#combine(callback, list, expression, scope),
      fetchTagged: (specs) => this.#cache.byTags(expression.source, specs, scope, scope.xFilesFactor),
      error: (rule) => argumentError(expression, expression.place, rule),
      allocate: (points) => {
        this.#budget.takePoints(points);
        return new Float64Array(points).fill(Number.NaN);
      },
    };
    return this.#counted(await called.evaluate(read, call));
  }

  #counted<R extends Result>(result: R): R {
    this.#budget.takeResult(result);
    return result;
  }

  /** The first argument over another range. */
  async #again(
    called: GraphiteFunction,
    expression: CallExpression,
    scope: Scope,
    values: TemplateValues,
  ): Promise<SeriesList> {
    const [firstName] = called.parameters.keys();
    const first = expression.arguments[0] ?? expression.keywords.find(({ name }) => name === firstName)?.value;
    assert(first !== undefined, "a function that evaluates its first argument again has one");
    return this.#seriesOf(first, scope, values);
  }

  async #combine(callback: string, list: SeriesList, expression: CallExpression, scope: Scope): Promise<TimeSeries> {
    const { place } = expression;
    const called = findFunction(callback);
    if (called?.aggregator !== true && findAggregation(callback) === undefined) {
      const rule = `can't use "${callback}": it is neither an aggregation nor a function that combines`;
      throw argumentError(expression, place, rule);
    }
    const [combined] =
      called?.aggregator === true
        ? await this.#applyNamed(callback, [list], expression, scope)
        : combineSeries(list, callback, scope.xFilesFactor);
    if (combined !== undefined) return combined;
    throw argumentError(expression, place, `can't use "${callback}": it gives no series for a group`);
  }

  async #applyNamed(
    name: string,
    lists: readonly SeriesList[],
    expression: CallExpression,
    scope: Scope,
  ): Promise<SeriesList> {
    const called = findFunction(name);
    if (called === undefined)
      throw argumentError(expression, expression.place, `can't use "${name}": there is no such function`);
    const given = lists.map((value): Argument => ({ value, place: expression.place }));
    const result = await this.#apply(called, expression, given, scope, NO_VALUES);
    return isSeriesList(result) ? result : [];
  }
}

function isSeriesList(value: Value): value is SeriesList {
  return isResult(value) && value.every((item) => !Array.isArray(item));
}

/** graphite-web's rule for what a `$name` that stands alone is worth. */
function numberOrText(text: string): PythonNumber | string {
  return /^-?[\d.]+$/.test(text) && Number.isFinite(Number(text)) ? { value: Number(text), integer: false } : text;
}
