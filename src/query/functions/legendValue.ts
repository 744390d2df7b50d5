import { AGGREGATION_NAMES, aggregateAll, findAggregation, integersAfter } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { type ParameterType, repeated, required, seriesList } from "../parameters.ts";
import { formatFixed, numberText } from "../python/number.ts";
import type { TimeSeries } from "../series.ts";
import { isUnitSystem, scaleToUnit, UNIT_SYSTEMS, type UnitSystem } from "../units.ts";

const options = [...AGGREGATION_NAMES, ...AGGREGATION_NAMES.map((name) => `${name}Series`), ...UNIT_SYSTEMS];
const valueType: ParameterType<string> = {
  name: "string",
  expects: "the name of an aggregation, or si or binary",
  options,
  read: (value) => (typeof value === "string" && options.includes(value) ? value : undefined),
};

export const legendValue = graphiteFunction({
  name: "legendValue",
  group: "Alias",
  description: `Appends aggregations of all values to the names. With \`si\` or \`binary\` behind them, they are written with two decimals and the prefixes of that system, in columns.

    legendValue(connect.prod.*.memory.used,"max","last","binary")`,
  parameters: { seriesList: required(seriesList), valuesTypes: repeated(valueType, { atLeast: 0 }) },
  evaluate({ seriesList, valuesTypes }, call) {
    const last = valuesTypes.at(-1);
    if (last === undefined) throw call.error(`needs "valuesTypes" (${valueType.expects})`);
    const system = isUnitSystem(last) ? last : undefined;
    const names = system === undefined ? valuesTypes : valuesTypes.slice(0, -1);
    return seriesList.map((series) => ({
      ...series,
      name: names.reduce((name, what) => appendValue(name, what, series, system), series.name),
    }));
  },
});

function appendValue(name: string, what: string, series: TimeSeries, system: UnitSystem | undefined): string {
  const by = findAggregation(what);
  const value = by === undefined ? Number.NaN : aggregateAll(by, series.values);
  if (system !== undefined) {
    const text = by === undefined ? "(?)" : Number.isNaN(value) ? "None" : formatValue(value, system);
    return name.padEnd(20) + what.padEnd(5) + text.padEnd(10);
  }
  const integer = by !== undefined && integersAfter(by, series.integers);
  const text = by === undefined ? "(?)" : Number.isNaN(value) ? "None" : numberText({ value, integer });
  return `${name} (${what}: ${text})`;
}

function formatValue(value: number, system: UnitSystem): string {
  const scaled = scaleToUnit(value, system);
  return formatFixed(scaled.value, 2) + scaled.prefix;
}
