/** Lays the arguments of a call beside the parameters of its function, and reads each by its type. */
import { LockstepError } from "../core/errors.ts";
import { type CallExpression, drawPlace, type Place } from "./expression.ts";
import type { GraphiteFunction } from "./function.ts";
import { describeValue, type Parameter, type Value } from "./parameters.ts";

export interface Argument {
  /** Undefined for a positional one. */
  readonly name?: string;
  readonly value: Value;
  readonly place: Place;
}

/**
 * The values by parameter, as the function receives them. None counts as not given.
 * @throws LockstepError `QUERY_ARGUMENT` with the place and what was expected.
 */
export function bindArguments(
  called: GraphiteFunction,
  expression: CallExpression,
  given: readonly Argument[],
): Record<string, unknown> {
  const byParameter = distribute(called, expression, given);
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of called.parameters) {
    const present = (byParameter.get(name) ?? []).filter(({ value }) => value !== null);
    if (parameter.required && present.length === 0) {
      throw argumentError(expression, expression.place, `needs "${name}" (${parameter.type.expects})`);
    }
    values[name] = parameter.collect(present.map((argument) => readArgument(expression, name, parameter, argument)));
  }
  return values;
}

/** Positional arguments in order, what is left over to a last parameter that takes many; keywords by name. */
function distribute(
  called: GraphiteFunction,
  expression: CallExpression,
  given: readonly Argument[],
): Map<string, Argument[]> {
  const names = [...called.parameters.keys()];
  const byParameter = new Map<string, Argument[]>();
  given.forEach((argument, position) => {
    const last = names.at(-1);
    const name = argument.name ?? names[position] ?? last;
    const parameter = name === undefined ? undefined : called.parameters.get(name);
    if (name === undefined || parameter === undefined) {
      throw argumentError(expression, argument.place, `has no parameter "${argument.name}"`);
    }
    const before = byParameter.get(name) ?? [];
    if (before.length > 0 && !parameter.multiple) {
      const rule = argument.name === undefined ? `takes at most ${names.length} arguments` : `is given "${name}" twice`;
      throw argumentError(expression, argument.place, rule);
    }
    byParameter.set(name, [...before, argument]);
  });
  return byParameter;
}

function readArgument(
  expression: CallExpression,
  name: string,
  parameter: Parameter<unknown>,
  { value, place }: Argument,
): unknown {
  const read = parameter.type.read(value);
  if (read !== undefined) return read;
  throw argumentError(
    expression,
    place,
    `expects ${parameter.type.expects} as "${name}", and is given ${describeValue(value)}`,
  );
}

export function argumentError(expression: CallExpression, place: Place, rule: string): LockstepError {
  return new LockstepError("QUERY_ARGUMENT", `${expression.name}() ${rule}\n${drawPlace(place)}`);
}
