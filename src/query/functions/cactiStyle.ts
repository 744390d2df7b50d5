import { aggregateAll, aggregationOf } from "../aggregation.ts";
import { graphiteFunction } from "../function.ts";
import { optional, type ParameterType, required, seriesList, string } from "../parameters.ts";
import { formatFixed } from "../python/number.ts";
import type { SeriesList } from "../series.ts";
import { isUnitSystem, scaleToUnit, UNIT_SYSTEMS, type UnitSystem } from "../units.ts";

const unitSystem: ParameterType<UnitSystem> = {
  name: "string",
  expects: "si or binary",
  options: UNIT_SYSTEMS,
  read: (value) => (typeof value === "string" && isUnitSystem(value) ? value : undefined),
};

export const cactiStyle = graphiteFunction({
  name: "cactiStyle",
  group: "Special",
  description: `Appends the last, the greatest and the least value to the names, in columns: with two decimals, the prefixes of a system if one is given, and a unit.

    cactiStyle(connect.prod.*.memory.used,"binary","B")`,
  parameters: { seriesList: required(seriesList), system: optional(unitSystem), units: optional(string) },
  evaluate({ seriesList, system, units }) {
    const format = (value: number): string => formatValue(value, system, units);
    const nameWidth = Math.max(0, ...seriesList.map(({ name }) => name.length));
    const columns = [
      ["Current", valueTexts(seriesList, "last", format)],
      ["Max", valueTexts(seriesList, "max", format)],
      ["Min", valueTexts(seriesList, "min", format)],
    ] as const;
    return seriesList.map((series, i) => ({
      ...series,
      name: `${series.name.padEnd(nameWidth)} ${columns.map(([title, texts]) => `${title}:${texts[i]} `).join("")}`,
    }));
  },
});

/** As wide as the widest whole number among them, and three more. */
function valueTexts(list: SeriesList, aggregation: string, format: (value: number) => string): string[] {
  const values = list.map((series) => aggregateAll(aggregationOf(aggregation), series.values));
  const width = 3 + Math.max(0, ...values.map((value) => format(Math.trunc(value || 3)).length));
  return values.map((value) => (Number.isNaN(value) ? "nan" : format(value)).padEnd(width));
}

function formatValue(value: number, system: UnitSystem | undefined, units: string | undefined): string {
  if (system === undefined) return formatFixed(value, 2) + (units ? ` ${units}` : "");
  const scaled = scaleToUnit(value, system);
  return formatFixed(scaled.value, 2) + (units ? ` ${scaled.prefix}${units}` : scaled.prefix);
}
