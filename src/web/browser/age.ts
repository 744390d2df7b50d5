/** Ages as the server writes them (web/format.ts), counted on here without asking it again. */

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ["y", 31_536_000],
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
];

/** `0 s`, `42 s`, `3 m 12 s`: the two largest units. */
export function formatAge(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const first = UNITS.findIndex(([, seconds]) => total >= seconds);
  if (first < 0) return "0 s";
  const [unit, seconds] = UNITS[first]!;
  const head = `${Math.floor(total / seconds)} ${unit}`;
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((total % seconds) / next[1]);
  return next === undefined || rest === 0 ? head : `${head} ${rest} ${next[0]}`;
}
