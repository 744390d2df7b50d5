/** Numbers with the prefix of a system of units: 2048 is 2 Ki, or 2.048 k (render/glyph.py `format_units`). */
export const UNIT_SYSTEMS = ["si", "binary"] as const;

export type UnitSystem = (typeof UNIT_SYSTEMS)[number];

export function isUnitSystem(text: string): text is UnitSystem {
  return (UNIT_SYSTEMS as readonly string[]).includes(text);
}

const PREFIXES: Readonly<Record<UnitSystem, readonly (readonly [string, number])[]>> = {
  si: ["P", "T", "G", "M", "k"].map((prefix, i) => [prefix, 1000 ** (5 - i)]),
  binary: ["Pi", "Ti", "Gi", "Mi", "Ki"].map((prefix, i) => [prefix, 1024 ** (5 - i)]),
};

/** A value a hair above a whole number counts as that. */
const HAIR = 1e-11;

export function scaleToUnit(value: number, system: UnitSystem): { readonly value: number; readonly prefix: string } {
  const [prefix, size] = PREFIXES[system].find(([, bound]) => Math.abs(value) >= bound) ?? ["", 1];
  const scaled = value / size;
  const whole = scaled - Math.floor(scaled) < HAIR && value > 1;
  return { value: whole ? Math.floor(scaled) : scaled, prefix };
}
