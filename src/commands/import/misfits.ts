/** Series whose archives are others than those that the store keeps, and the lines of settings that would change that. */
import type { Archive } from "../../store/schemas.ts";

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ["y", 31_536_000],
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
];

export interface Misfit {
  /** As their files have them. */
  readonly retentions: string;
  /** As the store has them. */
  readonly kept: string;
  readonly series: number;
  /** A section of storage-schemas.conf, to stand before the others. */
  readonly section: string;
}

export class Misfits {
  readonly #groups = new Map<string, { retentions: string; kept: string; series: number; prefix: readonly string[] }>();

  add(name: string, theirs: readonly Archive[], ours: readonly Archive[]): void {
    const retentions = formatRetentions(theirs);
    const kept = formatRetentions(ours);
    const nodes = (name.split(";")[0] ?? "").split(".").slice(0, -1);
    const group = this.#groups.get(`${retentions} ${kept}`);
    if (group === undefined) {
      this.#groups.set(`${retentions} ${kept}`, { retentions, kept, series: 1, prefix: nodes });
      return;
    }
    group.series++;
    group.prefix = group.prefix.slice(0, commonLength(group.prefix, nodes));
  }

  /** The most frequent first. */
  list(): readonly Misfit[] {
    return [...this.#groups.values()]
      .sort((a, b) => b.series - a.series)
      .map(({ retentions, kept, series, prefix }, i) => ({
        retentions,
        kept,
        series,
        section: `[imported-${i + 1}]\npattern = ${patternOf(prefix)}\nretentions = ${retentions}\n`,
      }));
  }
}

/** As storage-schemas.conf has them: `10s:2d,1m:30d`; points where the span is no whole number of a unit. */
export function formatRetentions(archives: readonly Archive[]): string {
  return archives.map(({ step, points }) => `${shortest(step)}:${spanOf(step, points)}`).join(",");
}

function spanOf(step: number, points: number): string {
  const span = shortest(step * points);
  return span.endsWith("s") ? String(points) : span;
}

/** One number, and the largest unit of which it is a whole number. */
function shortest(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0)!;
  return `${seconds / size}${unit}`;
}

function patternOf(prefix: readonly string[]): string {
  return prefix.length === 0 ? ".*" : `^${prefix.map(escapePattern).join("\\.")}\\.`;
}

function escapePattern(node: string): string {
  return node.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
