/** `/functions`: what Grafana's query editor offers (functions/views.py). */
import { LockstepError } from "../core/errors.ts";
import { AGGREGATION_NAMES } from "./aggregation.ts";
import type { GraphiteFunction } from "./function.ts";
import type { Parameter } from "./parameters.ts";
import type { Json } from "./python/json.ts";
import { findFunction, functionNames } from "./registry.ts";
import { type Answer, jsonValueAnswer, type RequestParameters } from "./request.ts";

type JsonObject = { readonly [key: string]: Json };

/** All of them, those of one `group`, or `grouped`. */
export function functionList(parameters: RequestParameters): Answer {
  const wanted = parameters.get("group");
  const infos = functionNames()
    .filter(([, { group }]) => wanted === undefined || group === wanted)
    .map(([name, entry]): [string, GraphiteFunction, JsonObject] => [name, entry, functionInfo(name, entry)]);
  const grouped = ["1", "true"].includes((parameters.get("grouped") ?? "").toLowerCase());
  if (!grouped) return answer(parameters, Object.fromEntries(infos.map(([name, , info]) => [name, info])));
  const groups: Record<string, Record<string, Json>> = {};
  for (const [name, { group }, info] of infos) groups[group] = { ...groups[group], [name]: info };
  return answer(parameters, groups);
}

/** @throws LockstepError `QUERY_FUNCTION` for a name that is none. */
export function functionDetails(name: string, parameters: RequestParameters): Answer {
  const entry = findFunction(name);
  if (entry === undefined) throw new LockstepError("QUERY_FUNCTION", `Function not found: ${name}`);
  return answer(parameters, functionInfo(name, entry));
}

function answer(parameters: RequestParameters, value: Json): Answer {
  return jsonValueAnswer(parameters, value, true);
}

function functionInfo(name: string, entry: GraphiteFunction): JsonObject {
  return {
    name,
    function: name + signature(entry),
    description: entry.description,
    module: "graphite.render.functions",
    group: entry.group,
    params: [...entry.parameters].map(([parameterName, parameter]) => parameterInfo(parameterName, parameter)),
  };
}

/** `(seriesList, n, func='average')`. */
export function signature(entry: GraphiteFunction): string {
  const texts = [...entry.parameters].map(([name, parameter]) => {
    if (parameter.multiple) return `*${name}`;
    return parameter.required ? name : `${name}=${pythonText(parameter.default)}`;
  });
  return `(${texts.join(", ")})`;
}

function pythonText(value: number | string | boolean | undefined): string {
  if (value === undefined) return "None";
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === Number.POSITIVE_INFINITY ? "inf" : String(value);
}

function parameterInfo(name: string, parameter: Parameter<unknown>): JsonObject {
  const options = optionsOf(parameter);
  return {
    name,
    type: parameter.type.name,
    ...(parameter.required ? { required: true } : {}),
    ...(parameter.default === undefined ? {} : { default: parameter.default }),
    ...(parameter.multiple ? { multiple: true } : {}),
    ...(options.length === 0 ? {} : { options }),
    ...(parameter.suggestions === undefined ? {} : { suggestions: parameter.suggestions }),
  };
}

/** Sorted as Python sorts their texts. A callback may also be any function that combines. */
function optionsOf({ type }: Parameter<unknown>): Json[] {
  const callbacks = functionNames().filter(([, { aggregator }]) => aggregator);
  const options =
    type.name === "aggOrSeriesFunc" ? [...AGGREGATION_NAMES, ...callbacks.map(([name]) => name)] : (type.options ?? []);
  const text = (option: Json): string => (typeof option === "boolean" ? pythonText(option) : String(option ?? "None"));
  return [...new Set(options)].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
